import { codeOf, type Tracer } from '../kernel/tracer.js';
import { type Delta, type Finished, type Provider, ProviderError, ShortageError } from './provider.js';

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
  // Whoever stops the answer, or hands it over, closes the generator: that is no failure of the model.
  let failure: string | undefined;
  try {
    for (;;) {
      const next = await span.run(() => deltas.next());
      if (next.done) {
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
    if (error instanceof ProviderError || error instanceof ShortageError) failure = codeOf(error);
    throw error;
  } finally {
    span.end(failure);
    // Also when the caller stops listening.
    void deltas.return({}).catch(() => {});
  }
}
