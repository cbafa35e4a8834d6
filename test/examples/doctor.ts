import type { Finding } from '../../src/cli/doctor/finding.js';
import { Cli } from '../support/cli.js';
import type { Person } from '../support/client.js';

/** What `npx veda-gateway doctor` has to object to, but for idle time-outs, which take long to be seen. */
export async function findings(url: string, person: Person): Promise<Finding[]> {
  const args = ['doctor', '--json', '--idle', '0', '--url', url];
  const { stdout } = await Cli.run(args, { env: { VEDA_TOKEN: person.token } });
  const report = JSON.parse(stdout) as { findings: Finding[] };
  return report.findings.filter(({ level }) => level !== 'ok');
}
