import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createClient } from '../../src/client/index.js';
import { type UsedConversation, useConversation } from '../../src/client/react.js';

test('a component shows the view and connects to nothing while it is rendered on a server', () => {
  const requests: unknown[] = [];
  const fetch = async (input: unknown): Promise<Response> => {
    requests.push(input);
    throw new TypeError('not here');
  };
  const client = createClient({ url: 'http://server', token: 't', platform: { fetch } });
  const used: UsedConversation[] = [];

  function Chat() {
    const conversation = useConversation(client, 'c');
    used.push(conversation);
    return createElement('p', null, conversation.view.state);
  }

  expect(renderToString(createElement(Chat))).toBe('<p>connecting</p>');
  expect(used[0]?.view).toBe(client.conversation('c').view);
  expect(requests).toEqual([]);
});
