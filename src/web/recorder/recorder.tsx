import { useEffect, useRef, useState } from 'react';
import { errorText } from '../ui/error-text.js';
import { Icon } from '../ui/icon.js';
import { type Recording, startRecording } from './recording.js';
import { WAV_BYTES_PER_SECOND } from './wav.js';

export interface RecorderProps {
  readonly purpose: 'voice' | 'dictation';
  /** Of the attachment that it becomes. */
  readonly maxBytes: number;
  /** What becomes of the recording. The recorder is shown until it is through, and what it throws is shown. */
  readonly onRecorded: (wav: Blob, signal: AbortSignal) => Promise<void>;
  readonly onClose: () => void;
}

/** Longer ones are hard to listen to, and the whole recording is in memory while it becomes a WAV. */
const LONGEST_SECONDS = 300;

type State =
  | { readonly name: 'asking' | 'working' }
  | { readonly name: 'recording'; readonly recording: Recording; readonly since: number }
  | { readonly name: 'failed'; readonly problem: string };

/** Records from the microphone: how loud, how long, done or cancel. */
export default function Recorder({ purpose, maxBytes, onRecorded, onClose }: RecorderProps) {
  const [state, setState] = useState<State>({ name: 'asking' });
  const over = useRef(new AbortController());
  useEffect(() => {
    const mine = new AbortController();
    over.current = mine;
    let recording: Recording | undefined;
    const start = async () => {
      try {
        const started = await startRecording();
        if (mine.signal.aborted) return started.cancel();
        recording = started;
        setState({ name: 'recording', recording: started, since: Date.now() });
      } catch (error) {
        setState({ name: 'failed', problem: microphoneProblem(error) });
      }
    };
    void start();
    return () => {
      mine.abort();
      recording?.cancel();
    };
  }, []);
  const finish = async (recording: Recording) => {
    setState({ name: 'working' });
    try {
      await onRecorded(await recording.finish(), over.current.signal);
      onClose();
    } catch (error) {
      setState({ name: 'failed', problem: errorText(error) });
    }
  };
  const seconds = Math.min(LONGEST_SECONDS, Math.floor(maxBytes / WAV_BYTES_PER_SECOND));
  return (
    <div className="recorder" role="group" aria-label={purpose === 'voice' ? 'Voice message' : 'Dictation'}>
      <button type="button" className="round" aria-label="Cancel the recording" onClick={onClose}>
        <Icon name="close" />
      </button>
      <div className="recorder-state">
        {state.name === 'asking' && <p role="status">Waiting for the microphone …</p>}
        {state.name === 'recording' && (
          <Meter {...state} seconds={seconds} onFull={() => void finish(state.recording)} />
        )}
        {state.name === 'working' && (
          <p role="status">
            {purpose === 'voice' ? 'Preparing the recording …' : 'Writing down what you said …'}
          </p>
        )}
        {state.name === 'failed' && (
          <p role="alert" className="problem">
            {state.problem}
          </p>
        )}
      </div>
      {state.name === 'recording' && (
        <button
          type="button"
          className="round primary"
          aria-label="Finish the recording"
          onClick={() => void finish(state.recording)}
        >
          <Icon name="check" />
        </button>
      )}
    </div>
  );
}

interface MeterProps {
  readonly recording: Recording;
  /** ms since 1970. */
  readonly since: number;
  /** How long it may become. */
  readonly seconds: number;
  readonly onFull: () => void;
}

function Meter({ recording, since, seconds, onFull }: MeterProps) {
  const [{ level, passed }, setNow] = useState({ level: 0, passed: 0 });
  const full = useRef(onFull);
  useEffect(() => {
    full.current = onFull;
  });
  useEffect(() => {
    // A timer and not the painting of the page: in a tab that is hidden the recording goes on, and must end too.
    const timer = setInterval(() => {
      const now = (Date.now() - since) / 1000;
      setNow({ level: recording.level(), passed: now });
      if (now >= seconds) full.current();
    }, 100);
    return () => clearInterval(timer);
  }, [recording, since, seconds]);
  return (
    <>
      <span className="recording-dot" aria-hidden="true" />
      <span className="visually-hidden" role="status">
        Recording
      </span>
      <time>{clockOf(passed)}</time>
      <meter className="level" aria-label="Loudness" min={0} max={1} value={level} />
      <span className="hint">of {clockOf(seconds)}</span>
    </>
  );
}

function clockOf(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function microphoneProblem(error: unknown): string {
  switch ((error as DOMException).name) {
    case 'NotAllowedError':
      return 'The microphone is not allowed for this page. Allow it in the settings of your browser, and try again.';
    case 'NotFoundError':
      return 'No microphone was found.';
    case 'NotReadableError':
      return 'The microphone is used by another program.';
    default:
      return 'The microphone cannot be used.';
  }
}
