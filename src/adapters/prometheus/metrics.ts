import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type {
  Counter as CounterName,
  Gauges,
  Histogram as HistogramName,
  LabelledCounters,
  Metrics,
} from '../../kernel/metrics.js';
import { COUNTERS, DEPENDENCY_UP, GAUGES, HISTOGRAMS, READ_GAUGES, type ReadGauge } from './definitions.js';

/** Reads gauges. Undefined: they cannot be known now, and are left out. Must resolve within a few seconds. */
export type ReadGauges<N extends ReadGauge> = () => Promise<Readonly<Record<N, number>> | undefined>;

/** The metrics of one process, in a registry of its own, with those of Node (event loop, heap, garbage collection). */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  /** What is done before each rendering. */
  readonly #reads: (() => Promise<void>)[] = [];

  constructor() {
    const registers = [this.#registry];
    for (const [name, { help, labels, initial = [] }] of Object.entries(COUNTERS)) {
      const counter = new Counter({ name, help, labelNames: labels, registers });
      for (const series of initial) counter.inc(series, 0);
      this.#counters.set(name, counter);
    }
    for (const [name, { help, labels, initial = [] }] of Object.entries(GAUGES)) {
      const gauge = new Gauge({ name, help, labelNames: labels, registers });
      for (const series of initial) gauge.set(series, 0);
      this.#gauges.set(name, gauge);
    }
    for (const [name, { help, buckets }] of Object.entries(HISTOGRAMS)) {
      this.#histograms.set(name, new Histogram({ name, help, buckets: [...buckets], registers }));
    }
    for (const [name, help] of Object.entries(READ_GAUGES)) {
      this.#gauges.set(name, new Gauge({ name, help, registers }));
    }
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The media type of what `render` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  count(name: CounterName, by?: number): void {
    this.#counters.get(name)?.inc(by);
  }

  countBy<N extends keyof LabelledCounters>(name: N, labels: LabelledCounters[N], by?: number): void {
    this.#counters.get(name)?.inc({ ...labels }, by);
  }

  change<N extends keyof Gauges>(name: N, labels: Gauges[N], by: number): void {
    this.#gauges.get(name)?.inc({ ...labels }, by);
  }

  observe(name: HistogramName, seconds: number): void {
    this.#histograms.get(name)?.observe(seconds);
  }

  observeSince(name: HistogramName, epochMs: number): void {
    this.observe(name, Math.max(0, Date.now() - epochMs) / 1000);
  }

  /** From now on these gauges are read for each rendering. */
  read<N extends ReadGauge>(names: readonly N[], read: ReadGauges<N>): void {
    this.#reads.push(async () => {
      const values = await read();
      for (const name of names) {
        if (values) this.#gauges.get(name)?.set(values[name]);
        else this.#gauges.get(name)?.remove();
      }
    });
  }

  /** From now on each rendering asks `ok`, which must resolve within a few seconds and never reject. */
  dependency(name: string, ok: () => Promise<boolean>): void {
    let gauge = this.#gauges.get(DEPENDENCY_UP.name);
    if (!gauge) {
      gauge = new Gauge({ ...DEPENDENCY_UP, registers: [this.#registry] });
      this.#gauges.set(DEPENDENCY_UP.name, gauge);
    }
    const up = gauge;
    this.#reads.push(async () => up.set({ name }, (await ok()) ? 1 : 0));
  }

  /** Everything in Prometheus' text format. */
  async render(): Promise<string> {
    await Promise.all(this.#reads.map((read) => read()));
    return this.#registry.metrics();
  }
}
