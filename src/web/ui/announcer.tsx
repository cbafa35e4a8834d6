import { createContext, type ReactNode, useContext, useState } from 'react';

type Announce = (words: string) => void;

const Announcing = createContext<Announce>(() => {});

/** Has a screen reader say something when it is done with what it says now. */
export function useAnnounce(): Announce {
  return useContext(Announcing);
}

/** The one live region: one that comes with its words in it is not read. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [words, setWords] = useState('');
  return (
    <Announcing value={setWords}>
      {children}
      <div role="status" className="unseen" data-testid="announcer">
        {words}
      </div>
    </Announcing>
  );
}
