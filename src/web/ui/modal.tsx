import { type ReactNode, useEffect, useRef } from 'react';

export interface ModalProps {
  /** Its accessible name. */
  readonly label: string;
  readonly className?: string;
  /** Called however it closes: by Escape, by a click outside, or because it is no longer rendered. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Open while it is rendered. The browser keeps the focus in it, and returns the focus afterwards. */
export function Modal({ label, className, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={className}
      aria-label={label}
      onClose={(event) => {
        // React also reports the closing of a dialog within this one.
        if (event.target === dialog.current) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      {children}
    </dialog>
  );
}
