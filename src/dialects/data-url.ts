import { AppError } from '../kernel/errors.js';

/**
 * The bytes of a `data:` URL (RFC 2397). Its media type is not believed: files are told from their bytes.
 * @throws AppError `bad_request` for any other URL: nothing is fetched from elsewhere.
 */
export function bytesOfDataUrl(url: string, param: string): Buffer {
  const comma = url.indexOf(',');
  const head = url.slice(0, comma);
  if (comma < 0 || !/^data:/i.test(head)) {
    throw new AppError('bad_request', `${param}: a file must come as a data: URL`, { param });
  }
  const data = url.slice(comma + 1);
  if (/;\s*base64\s*$/i.test(head)) return Buffer.from(data, 'base64');
  try {
    return Buffer.from(decodeURIComponent(data));
  } catch {
    throw new AppError('bad_request', `${param}: this is no data: URL`, { param });
  }
}
