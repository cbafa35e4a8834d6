import specs from '@asyncapi/specs';
import { Ajv, type SchemaObject } from 'ajv';
import { asyncApi } from '../../src/schemas/asyncapi.js';
import { clientFrames, decodeClientFrame } from '../../src/schemas/client-frames.js';
import { parse } from '../../src/schemas/validate.js';

test('the description is AsyncAPI 3.0 by its own schema', () => {
  // It brings draft 07 along itself.
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
  const validate = ajv.compile(specs.schemas['3.0.0'] as SchemaObject);
  validate(asyncApi());
  expect(validate.errors).toBeNull();
});

test('every reference leads to a message of the channel', () => {
  const { channels, operations } = asyncApi();
  for (const { channel, messages } of Object.values(operations)) {
    const there = channels[channel.$ref.replace('#/channels/', '')];
    const keys = Object.keys(there?.messages ?? {});
    for (const { $ref } of messages) expect(keys).toContain($ref.split('/').at(-1));
  }
});

test('it describes what the WebSocket takes', () => {
  const { payload } = asyncApi().channels['webSocket']?.messages['receive-stop'] ?? {};
  expect(payload).toMatchObject({ additionalProperties: false, required: ['type'] });
  expect(decodeClientFrame('{"type":"stop"}')).toEqual({ type: 'stop', fields: {} });
  expect(() => parse(clientFrames.stop, { more: 1 })).toThrow(/unknown field "more"/);
});
