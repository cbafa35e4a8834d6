import { type ReactNode, useEffect, useRef } from 'react';

export interface ModalProps {
  /** Its accessible name. */
  readonly label: string;
  readonly className?: string;
  /** Called however it is closed: by Escape, by a click outside, or because it is rendered no more. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Open for as long as it is rendered. The browser keeps the focus in it and gives it back afterwards. */
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
        // React hands the closing of a dialog within this one on.
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
