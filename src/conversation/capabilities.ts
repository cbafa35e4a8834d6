import { modelsOf, providerFor } from '../generation/models.js';
import type { Provider } from '../generation/provider.js';
import { AUDIO_TYPES, IMAGE_TYPES } from '../protocol/attachment.js';
import type { Capabilities, ModelCapabilities } from '../protocol/capabilities.js';

export interface CapabilitiesPorts {
  readonly provider: Provider;
  readonly transcription: boolean;
  /** As in `MAX_ATTACHMENT_BYTES`. */
  readonly maxBytes: number;
  /** Whether answers may rest on documents now. Absent: never. */
  readonly knowledge?: (() => Promise<boolean>) | undefined;
}

/** How long the model servers may take to say what they can, in ms. What is not known is not offered. */
const ANSWER_MS = 1500;

export async function capabilities({
  provider,
  transcription,
  maxBytes,
  knowledge,
}: CapabilitiesPorts): Promise<Capabilities> {
  const late = AbortSignal.timeout(ANSWER_MS);
  const models = await Promise.all(
    modelsOf(provider).map(async (id, index): Promise<ModelCapabilities> => {
      const { image = false, thinking = false } = (await providerFor(provider, id).abilities?.(late)) ?? {};
      return { id, default: index === 0, image, thinking };
    }),
  );
  const image = models.some((model) => model.image);
  const mediaTypes = [...(image ? IMAGE_TYPES : []), ...(transcription ? AUDIO_TYPES : [])];
  return {
    attachments: { image, audio: transcription, maxBytes, mediaTypes },
    transcription,
    models,
    knowledge: (await knowledge?.()) ?? false,
  };
}
