/** What every transcriber takes: 16 kHz, mono, 16 bits. */
export const WAV_RATE = 16_000;
export const WAV_BYTES_PER_SECOND = WAV_RATE * 2;

const HEADER_BYTES = 44;

/** A WAV of samples from -1 to 1 at `WAV_RATE`. */
export function wavOf(samples: Float32Array): Blob {
  const bytes = samples.length * 2;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const letters = (at: number, text: string) => {
    for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
  };
  letters(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + bytes, true);
  letters(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // PCM, one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, WAV_RATE, true);
  view.setUint32(28, WAV_BYTES_PER_SECOND, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, 'data');
  view.setUint32(40, bytes, true);
  for (let index = 0; index < samples.length; index++) {
    const sample = Math.max(-1, Math.min(1, samples[index] ?? 0));
    view.setInt16(HEADER_BYTES + index * 2, Math.round(sample * 0x7fff), true);
  }
  return new Blob([view], { type: 'audio/wav' });
}
