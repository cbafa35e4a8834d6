import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { type INetworkPolicy, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, type IConfigMap, type IService, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config.js';

const FOLDER = join(import.meta.dirname, '../../ops/kubernetes');
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const MODELS = { Deployment, Job, NetworkPolicy, PodDisruptionBudget, ConfigMap, Service };

const manifests = readdirSync(FOLDER).flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as Manifest;
  }),
);

function every<T>(kind: keyof typeof MODELS): T[] {
  return manifests.filter((manifest) => manifest.kind === kind) as unknown as T[];
}

/** Throws where it is not as the API of Kubernetes has it. */
function validate(manifest: Manifest): void {
  const model = MODELS[manifest.kind as keyof typeof MODELS];
  if (model?.apiVersion !== manifest.apiVersion)
    throw new Error(`unknown: ${manifest.apiVersion} ${manifest.kind}`);
  new model(structuredClone(manifest) as never).validate();
}

const deployments = every<IDeployment>('Deployment');
const [settings] = every<IConfigMap>('ConfigMap');

test('there is all that a deployment needs', () => {
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
    'ConfigMap veda-gateway',
    'Deployment veda-gateway',
    'Deployment veda-worker',
    'Job veda-migrate',
    'NetworkPolicy veda-gateway',
    'NetworkPolicy veda-worker',
    'PodDisruptionBudget veda-gateway',
    'PodDisruptionBudget veda-worker',
    'Service veda-gateway',
  ]);
});

test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest] as const))(
  '%s is as the API has it',
  (_, manifest) => {
    expect(() => validate(manifest)).not.toThrow();
  },
);

test('the check sees a value of the wrong type', () => {
  const broken = structuredClone(deployments[0]) as { spec: { replicas: unknown } };
  broken.spec.replicas = 'two';
  expect(() => validate(broken as unknown as Manifest)).toThrow('replicas');
});

test.each(['gateway', 'worker'])('a %s starts with the settings, and has time to drain', (role) => {
  const spec = deployments
    .map((one) => one.spec?.template.spec)
    .find((pod) => pod?.containers[0]?.name === role);
  const [container] = spec?.containers ?? [];
  const own = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  const secrets = {
    DATABASE_URL: 'postgres://veda:secret@postgres/veda',
    REDIS_URL: 'redis://redis:6379',
    JWT_SECRET: 'abcdefghij'.repeat(4),
  };
  const config = parseConfig({ HOST: '0.0.0.0', PORT: '3000', ...settings?.data, ...secrets, ...own });
  expect(config.role).toBe(role);
  const [, preStop = '0'] = container?.lifecycle?.preStop?.exec?.command ?? [];
  // By then it has exited by itself (src/main.ts).
  const longest = Number(preStop) + config.drainSeconds * 1.5 + 15;
  expect(spec?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(longest);
  const ports = Object.fromEntries((container?.ports ?? []).map((port) => [port.name, port.containerPort]));
  expect(ports['metrics']).toBe(config.metricsPort);
  if (role === 'gateway') expect(ports['http']).toBe(config.port);
  expect(container?.image).toBe(`veda-gateway:${version}`);
});

test('every pod runs without rights: no root, no writable image, no token of the cluster', () => {
  const pods = manifests.map((manifest) => (manifest as IDeployment).spec?.template?.spec).filter(Boolean);
  expect(pods).toHaveLength(3);
  for (const pod of pods) {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod?.containers.map(({ securityContext }) => securityContext)).toEqual([
      { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    ]);
  }
});

test('selectors find the pods that they are for', () => {
  for (const { spec } of deployments) {
    expect(spec?.template.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? { none: '' });
  }
  const labels = deployments.map(({ spec }) => spec?.template.metadata?.labels);
  const budgets = every<{ spec: { selector: { matchLabels: object } } }>('PodDisruptionBudget');
  expect(budgets.map(({ spec }) => spec.selector.matchLabels)).toEqual(labels);
  const [service] = every<IService>('Service');
  expect(service?.spec?.selector).toEqual(labels[0]);
});

test('probes ask the right questions: readiness looks at the databases, liveness does not', () => {
  const [gateway] = deployments[0]?.spec?.template.spec?.containers ?? [];
  expect(gateway?.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
  expect(gateway?.startupProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
  expect(gateway?.readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
});

test('workers are reached by scrapes alone, and metrics of gateways by nobody else', () => {
  const allowed = (policy: INetworkPolicy | undefined) =>
    policy?.spec?.ingress?.map(({ from, ports }) => [
      from?.[0]?.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'],
      ports?.map(({ port }) => port),
    ]);
  const [gateway, worker] = every<INetworkPolicy>('NetworkPolicy');
  expect(allowed(gateway)).toEqual([
    ['ingress-nginx', [3000]],
    ['monitoring', [9464]],
  ]);
  expect(allowed(worker)).toEqual([['monitoring', [9464]]]);
});
