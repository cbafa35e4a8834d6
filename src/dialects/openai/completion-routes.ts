import type { Router } from '@koa/router';
import { AppError } from '../../kernel/errors.js';
import { beforeAccepted } from '../../protocol/cursor.js';
import { completionRequest } from '../../schemas/openai-schemas.js';
import { principalOf } from '../../transports/request/authenticate.js';
import { bodyOf, fieldsOf } from '../../transports/request/body.js';
import { ChatCompletionStream, chatCompletion } from './chat-completion.js';
import { endingOf } from './ending.js';
import { inputOfMessages } from './input.js';
import { modelOf } from './models.js';
import type { OpenAiPorts } from './openai-routes.js';
import { closeWithClient, cutOff, isHungUp, keyOf, sendInput } from './send-input.js';
import { COMPLETION_PARAMETERS, refuseUnsupported } from './unsupported.js';

/** `POST /v1/chat/completions`: the messages given are the history, and nothing is kept for long. */
export function completionRoutes(router: Router, ports: OpenAiPorts): void {
  const { commands, messages, streams, admit, authenticate } = ports;

  router.post('/chat/completions', admit, authenticate, async (ctx) => {
    const principal = principalOf(ctx);
    refuseUnsupported(fieldsOf(ctx), COMPLETION_PARAMETERS);
    const request = bodyOf(ctx, completionRequest);
    const model = modelOf(ports.models, request.model);
    const input = inputOfMessages(request.messages);
    // Opened first, since a refusal must mean that nothing was stored.
    const stream = streams.open(principal, request.stream ? 'sse' : 'http', ctx.ip);
    try {
      const key = keyOf(ctx);
      const { ref, message } = await sendInput(ports, ctx, {
        conversation: { name: `chat-completion:${key}`, ephemeral: true },
        key,
        input,
        model,
        fields: {},
      });
      const cancel = (): void =>
        void commands.stop(principal, ref.conversationId, ref.messageId).catch(() => {});
      if (request.stream) {
        const includeUsage = request.stream_options?.include_usage ?? false;
        return ports.respond(ctx, stream, {
          ref,
          start: { cursor: beforeAccepted(ref.seq), seq: ref.seq },
          projection: new ChatCompletionStream({ message, model, includeUsage }),
          onHangUp: cancel,
        });
      }
      closeWithClient(ctx, stream);
      const ended = await messages.ended(principal.userId, ref, stream.signal);
      stream.close();
      if (endingOf(ended) === 'running') {
        const restarting = stream.signal.reason === 'draining';
        // With a key of its own the client takes this answer up at another gateway; without one it would be another answer.
        if (restarting && ctx.get('idempotency-key') !== '') ctx.set('x-should-retry', 'true');
        if (isHungUp(stream)) cancel();
        throw cutOff(stream);
      }
      if (endingOf(ended) === 'failed') {
        const { code, message: text } = ended.error ?? { code: 'internal', message: 'the answer failed' };
        throw new AppError(code, text);
      }
      ctx.body = chatCompletion(ended, model);
    } catch (error) {
      stream.close();
      throw error;
    }
  });
}
