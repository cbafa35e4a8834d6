import { codeOf, type Tracer } from '../kernel/tracer.js';
import type { Delta, Finished, Provider } from './provider.js';

/**
 * The answer that `ask` asks the provider for, as a span of OpenTelemetry's GenAI conventions: from the call to the last text.
 * What is asked and answered is not recorded.
 */
export async function* tracedAnswer(
  tracer: Tracer,
  { name, model }: Provider,
  conversationId: string,
  ask: () => AsyncGenerator<Delta, Finished>,
): AsyncGenerator<Delta, Finished> {
  const span = tracer.start(`chat ${model}`, {
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': name,
      'gen_ai.request.model': model,
      'gen_ai.conversation.id': conversationId,
    },
  });
  const deltas = span.run(ask);
  let begun = false;
  let failure: string | undefined = 'aborted';
  try {
    for (;;) {
      const next = await span.run(() => deltas.next());
      if (next.done) {
        failure = undefined;
        const { usage } = next.value;
        span.set({
          'gen_ai.usage.input_tokens': usage?.promptTokens,
          'gen_ai.usage.output_tokens': usage?.completionTokens,
        });
        return next.value;
      }
      if (!begun && typeof next.value === 'string') span.event('first text');
      begun ||= typeof next.value === 'string';
      yield next.value;
    }
  } catch (error) {
    failure = codeOf(error);
    throw error;
  } finally {
    span.end(failure);
    // Also when the caller stops listening.
    void deltas.return({}).catch(() => {});
  }
}
