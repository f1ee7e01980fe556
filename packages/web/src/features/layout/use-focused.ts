import { useEffect, useRef } from 'react';

/** A button that takes the focus when it appears, if it is the one that one comes back to. */
export function useFocused(isWanted: boolean) {
  const button = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it appears
  useEffect(() => {
    if (isWanted) button.current?.focus();
  }, []);
  return button;
}
