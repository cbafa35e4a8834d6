import { WAV_RATE, wavOf } from './wav.js';

/** A recording from the microphone that is under way. */
export interface Recording {
  /** How loud it is now, from 0 to 1. */
  level(): number;
  /** Ends it. @returns a WAV, 16 kHz, mono. @throws when the browser cannot read what it has recorded */
  finish(): Promise<Blob>;
  /** Ends it and drops what was recorded. */
  cancel(): void;
}

/** Speech is quiet beside what a microphone can take: this much of it is a full meter. */
const FULL_LEVEL = 0.25;

/** @throws DOMException when the person or the device does not give the microphone */
export async function startRecording(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true },
  });
  const recorder = new MediaRecorder(stream);
  const pieces: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve()));
  const meter = new AudioContext();
  const analyser = meter.createAnalyser();
  meter.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  recorder.start();

  const end = (): void => {
    if (recorder.state !== 'inactive') recorder.stop();
    // The browser shows that the page listens until then.
    for (const track of stream.getTracks()) track.stop();
    if (meter.state !== 'closed') void meter.close();
  };

  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return Math.min(1, Math.sqrt(power) / FULL_LEVEL);
    },
    async finish() {
      end();
      await stopped;
      return toWav(new Blob(pieces));
    },
    cancel: end,
  };
}

/** Browsers record in formats of their own, and decode them to any rate. */
async function toWav(recorded: Blob): Promise<Blob> {
  const decoder = new OfflineAudioContext(1, 1, WAV_RATE);
  const sound = await decoder.decodeAudioData(await recorded.arrayBuffer());
  return wavOf(mono(sound));
}

function mono(sound: AudioBuffer): Float32Array {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, index) => sound.getChannelData(index));
  const [first = new Float32Array()] = channels;
  if (channels.length === 1) return first;
  return first.map(
    (_, at) => channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length,
  );
}
