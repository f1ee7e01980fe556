/** A native modal dialog that is open while it is rendered: Escape and its buttons close it, the focus goes back. */
import { type ReactNode, useEffect, useId, useRef } from 'react';

export interface ModalProps {
  title: string;
  onClose: () => void;
  size?: 'small' | 'large';
  children: ReactNode;
}

export function Modal({ title, onClose, size = 'small', children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // React's autoFocus came too early: the dialog was still closed.
    element?.querySelector<HTMLElement>('[data-autofocus="true"]')?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      data-size={size}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export interface QuestionProps {
  title: string;
  text: string;
  confirm: string;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks once more before something that cannot be taken back. */
export function Question({ title, text, confirm, onConfirm, onClose, children }: QuestionProps) {
  return (
    <Modal title={title} onClose={onClose}>
      <p>{text}</p>
      {children}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="button danger"
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </button>
      </div>
    </Modal>
  );
}
