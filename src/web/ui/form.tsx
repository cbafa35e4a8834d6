import type { ReactNode } from 'react';

/** The text of the field of this name; empty if there is none. */
export type Fields = (name: string) => string;

export interface FormProps {
  readonly onSubmit: (fields: Fields) => void;
  readonly children: ReactNode;
}

/** Fields one below the other. Nothing is sent anywhere but by `onSubmit`. */
export function Form({ onSubmit, children }: FormProps) {
  return (
    <form
      className="stack"
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
