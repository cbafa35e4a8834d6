import type { ServerResponse } from 'node:http';
import type { RequestLog } from './request-log.js';
import { json, plain } from './respond.js';
import { parseScript } from './script.js';
import type { Scripts } from './scripts.js';

/**
 * What a test in another process does over HTTP:
 * `POST /__double/script` queues a script, with `?default` makes it the default; `DELETE` empties the queue.
 * `GET /__double/requests` tells the log; `DELETE` empties it.
 */
export function control(
  route: string,
  isDefault: boolean,
  body: string,
  { scripts, log }: { scripts: Scripts; log: RequestLog },
  response: ServerResponse,
): void {
  switch (route) {
    case 'POST /__double/script': {
      const script = parseScript(JSON.parse(body));
      if (isDefault) scripts.setDefault(script);
      else scripts.queue(script);
      return json(response, 201, script);
    }
    case 'DELETE /__double/script':
      scripts.clear();
      return json(response, 200, {});
    case 'GET /__double/requests':
      return json(response, 200, { requests: log.all() });
    case 'DELETE /__double/requests':
      log.clear();
      return json(response, 200, {});
    default:
      return plain(response, 404, '404 page not found');
  }
}
