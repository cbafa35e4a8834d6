import { createContext, type ReactNode, useContext, useState } from 'react';

type Announce = (words: string) => void;

const Announcing = createContext<Announce>(() => {});

/** Makes a screen reader say something after what it is saying now. */
export function useAnnounce(): Announce {
  return useContext(Announcing);
}

/** The page's live region. It is there before its text: screen readers do not read a region that appears with a text. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [words, setWords] = useState('');
  return (
    <Announcing value={setWords}>
      {children}
      <div role="status" className="visually-hidden" data-testid="announcer">
        {words}
      </div>
    </Announcing>
  );
}
