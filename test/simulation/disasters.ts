import type { ServiceName } from './network.js';
import type { World } from './world.js';

/** What happens to the services, until it is calm. */
export function letDisastersHappen(world: World): void {
  const { scheduler, random, network, logs, jobs, trace } = world;
  const { every } = network.faultRates;

  const down = (service: ServiceName) => (): void => {
    trace.say(() => `${service} IS DOWN`);
    network.takeDown(service);
    scheduler.after(random.between(100, 4000), () => network.bringBack(service));
  };

  world.repeatedly(every.logLoss, () => {
    trace.say(() => 'the log LOSES EVERYTHING');
    logs.loseAll();
  });
  world.repeatedly(every.logRollback, () => {
    const bringBack = logs.save();
    scheduler.after(random.between(1, 3000), () => {
      if (network.calm) return;
      trace.say(() => 'the log GOES BACK');
      bringBack();
    });
  });
  world.repeatedly(every.jobsLost, () => {
    trace.say(() => 'the queue LOSES ITS JOBS');
    jobs.loseAll();
  });
  world.repeatedly(every.logDown, down('log'));
  world.repeatedly(every.postgresDown, down('postgres'));
}
