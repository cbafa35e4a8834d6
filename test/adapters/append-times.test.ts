import { AppendTimes } from '../../src/adapters/append-times.js';

let times: AppendTimes;

beforeEach(() => {
  times = new AppendTimes();
  times.add(10, 14, 1000);
  times.add(14, 20, 2000);
});

test('text is as old as the append that its first byte came with', () => {
  expect([10, 13, 14, 19].map((position) => times.at(position))).toEqual([1000, 1000, 2000, 2000]);
});

test('nothing is known of text before the first append and after the last one', () => {
  expect([0, 9, 20].map((position) => times.at(position))).toEqual([undefined, undefined, undefined]);
});

test('an answer that starts anew makes what was known worthless', () => {
  times.add(0, 12, 3000);
  expect([0, 11, 14].map((position) => times.at(position))).toEqual([3000, 3000, undefined]);
});

test('the oldest appends are forgotten', () => {
  for (let at = 20; at < 1000; at++) times.add(at, at + 1, at);
  expect([times.at(10), times.at(999)]).toEqual([undefined, 999]);
});
