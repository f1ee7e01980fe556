import { useState } from 'react';
import { showProblem } from '../notices/toasts.ts';

export interface ActProps {
  label: string;
  about: { name: string };
  act: () => Promise<void>;
  isMain?: boolean;
}

/** A button that does something at the server, once at a time. */
export function Act({ label, about, act, isMain = false }: ActProps) {
  const [isBusy, setBusy] = useState(false);
  const press = () => {
    if (isBusy) return;
    setBusy(true);
    act()
      .catch(showProblem)
      .finally(() => setBusy(false));
  };
  return (
    <button
      type="button"
      className={isMain ? 'button small primary' : 'button small'}
      aria-disabled={isBusy}
      onClick={press}
    >
      {label}
      <span className="sr-only"> {about.name}</span>
    </button>
  );
}
