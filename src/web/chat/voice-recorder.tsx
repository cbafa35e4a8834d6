import { lazy, Suspense } from 'react';
import type { Client } from '../../client/index.js';

/** A voice message is sent as sound; dictation becomes text, which the person corrects and sends. */
export type RecorderPurpose = 'voice' | 'dictation';

export interface VoiceRecorderProps {
  readonly purpose: RecorderPurpose;
  readonly client: Client;
  readonly maxBytes: number;
  readonly onVoice: (voice: File) => void;
  readonly onDictated: (text: string) => void;
  readonly onClose: () => void;
}

/** Most people never record: its code comes when somebody does. */
const Recorder = lazy(() => import('../recorder/recorder.js'));

export function VoiceRecorder({
  purpose,
  client,
  maxBytes,
  onVoice,
  onDictated,
  onClose,
}: VoiceRecorderProps) {
  const onRecorded = async (wav: Blob, signal: AbortSignal) => {
    if (purpose === 'voice') return onVoice(new File([wav], 'Voice message', { type: wav.type }));
    const language = new Intl.Locale(navigator.language).language;
    onDictated(await client.transcribe(wav, { language, signal }));
  };
  return (
    <Suspense fallback={null}>
      <Recorder purpose={purpose} maxBytes={maxBytes} onRecorded={onRecorded} onClose={onClose} />
    </Suspense>
  );
}
