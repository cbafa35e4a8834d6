import { Conversations } from '../../src/conversation/conversations.js';
import { MessageHistory } from '../../src/conversation/history.js';
import { MessageService } from '../../src/conversation/message-service.js';
import type { StartPorts } from '../../src/conversation/start.js';
import { Flusher } from '../../src/generation/flusher.js';
import type { FollowPorts } from '../../src/generation/follow.js';
import type { GenerationLimits } from '../../src/generation/limits.js';
import type { Logger } from '../../src/kernel/logger.js';
import { Runner, type RunnerPorts } from '../../src/worker/runner.js';
import { Worker } from '../../src/worker/worker.js';
import { ModelConversationStore } from './model/conversation-store.js';
import { ModelGenerationReader } from './model/generation-reader.js';
import { ModelGenerationStore } from './model/generation-store.js';
import { ModelGenerationLog } from './model/log.js';
import { ModelNotifier } from './model/notifier.js';
import { ModelProvider } from './model/provider.js';
import { Process } from './process.js';
import type { World } from './world.js';

export const LEASE_MS = 1000;

const LIMITS: GenerationLimits = {
  firstTokenMs: 3000,
  idleMs: 2000,
  totalMs: 15_000,
  placeMs: 15_000,
  answerBytes: 600,
  imageBytes: 1_048_576,
  promptTokens: 1000,
  sealMs: 1500,
  failures: 4,
};

export interface WorkerNode {
  readonly process: Process;
  readonly worker: Worker;
}

export interface GatewayNode {
  readonly process: Process;
  readonly messages: MessageService;
  readonly conversations: Conversations;
  readonly history: MessageHistory;
  readonly follow: FollowPorts;
  readonly start: StartPorts;
}

/** A worker as src/app.ts puts it together, on the world's services. */
export async function startWorker(world: World, name: string): Promise<WorkerNode> {
  const process = new Process(name, world.scheduler);
  const ports = runnerPorts(world, process);
  const runner = newRunner(world, process, ports);
  const source = world.jobs.sourceOf(process);
  // One user's share of these is two or three: as many as there are conversations, so that nobody waits for a share.
  const concurrency = world.random.whole(4, 5);
  const worker = new Worker({ ...ports, runner, source, sweepStore: ports.store, concurrency });
  await worker.start();
  return { process, worker };
}

/** A gateway without its transports. */
export function startGateway(world: World, name: string): GatewayNode {
  const process = new Process(name, world.scheduler);
  const ports = runnerPorts(world, process);
  const { log, notifier, queue } = ports;
  const runner = newRunner(world, process, ports);
  const store = new ModelConversationStore(world.rows, world.network, process, world.newId);
  const reader = new ModelGenerationReader(world.rows, world.network, process);
  const clock = process;
  return {
    process,
    messages: new MessageService({
      store,
      reader,
      log,
      queue,
      notifier,
      clock,
      newId: world.newId,
      endStopped: runner.run.bind(runner),
    }),
    conversations: new Conversations({ store, log, notifier, clock }),
    history: new MessageHistory({ store, log }),
    follow: { log, reader, notifier, clock },
    start: { store, log },
  };
}

function newRunner(world: World, process: Process, ports: RunnerPorts): Runner {
  const runner = new Runner(ports);
  world.runners.push({ process, runner });
  return runner;
}

function runnerPorts(world: World, process: Process): RunnerPorts {
  const { network, rows, pubSub, logs, jobs, texts, continues, violation } = world;
  const notifier = new ModelNotifier(pubSub, network, process);
  return {
    notifier,
    log: new ModelGenerationLog(logs, network, process, notifier),
    store: new ModelGenerationStore(rows, network, process),
    queue: jobs.queueOf(process),
    provider: new ModelProvider(continues, texts, network, process, violation),
    flusher: new Flusher(),
    clock: process,
    limits: LIMITS,
    system: 'Be brief.',
    logger: loggerOf(world, process),
    worker: process.name,
    leaseMs: LEASE_MS,
  };
}

/** What a process says of itself belongs to the trace. */
function loggerOf({ trace }: World, process: Process): Logger {
  const say = (event: string, fields?: object): void =>
    trace.say(() => `${process.name} says: ${event} ${JSON.stringify(fields)}`);
  return { debug: say, info: say, warn: say, error: say };
}
