import type { Frame } from '../../src/protocol/frames.js';
import type { Viewer } from '../contract/delivery.js';
import { isSign } from '../support/client.js';

/** Frames up to and with the first one of this type, without signs. @throws when the stream is over before */
export async function until(viewer: Viewer, type: Frame['type']): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (;;) {
    const frame = await viewer.next();
    if (!frame) throw new Error(`over without ${type}: ${typesOf(frames).join(', ')}`);
    if (!isSign(frame)) frames.push(frame);
    if (frame.type === type) return frames;
  }
}

export function typesOf(frames: readonly Frame[]): Frame['type'][] {
  return frames.map(({ type }) => type);
}

/** How many chunks a text comes in, and when a stream is up to date, depends on the speed of the machine. */
export function typesInTurn(frames: readonly Frame[]): Frame['type'][] {
  const types = typesOf(frames).filter((type) => type !== 'ready' && type !== 'receipt');
  return types.filter((type, at) => type !== types[at - 1]);
}
