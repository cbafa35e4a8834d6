import { useEffect, useRef, useState } from 'react';
import { Icon } from '../ui/icon.js';
import type { Reader } from './reader.js';

export interface ReadAloudProps {
  /** Markdown, without the disclaimer. */
  readonly text: string;
  readonly growing: boolean;
}

/** Has the browser read an answer aloud, from its beginning and on as it is written. */
export function ReadAloud({ text, growing }: ReadAloudProps) {
  const [reader, setReader] = useState<Reader | null>(null);
  const latest = useRef({ text, growing });
  useEffect(() => {
    latest.current = { text, growing };
    reader?.update(text, growing);
  }, [reader, text, growing]);
  useEffect(() => () => reader?.stop(), [reader]);
  if (!('speechSynthesis' in window)) return null;
  const begin = async () => {
    const module = await import('./reader.js');
    const begun = new module.Reader(() => setReader((now) => (now === begun ? null : now)));
    setReader(begun);
  };
  return (
    <button type="button" className="action" onClick={() => (reader ? reader.stop() : void begin())}>
      <Icon name={reader ? 'stop' : 'speaker'} /> {reader ? 'Stop reading' : 'Read aloud'}
    </button>
  );
}
