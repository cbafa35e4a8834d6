import type { ReactNode } from 'react';
import { isComposing } from './is-composing.js';

/** The text of the field of this name. Empty if there is no such field. */
export type Fields = (name: string) => string;

export interface FormProps {
  readonly onSubmit: (fields: Fields) => void;
  readonly children: ReactNode;
}

/** Fields one below the other. The browser sends nothing: `onSubmit` does. */
export function Form({ onSubmit, children }: FormProps) {
  return (
    <form
      className="stack"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && isComposing(event.nativeEvent)) event.preventDefault();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        onSubmit((name) => {
          const value = data.get(name);
          return typeof value === 'string' ? value : '';
        });
      }}
    >
      {children}
    </form>
  );
}
