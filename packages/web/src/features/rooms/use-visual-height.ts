import { useEffect } from 'react';

/** Keeps the room as high as what the on-screen keyboard leaves, where the browser does not do so by itself. */
export function useVisualHeight(isWanted: boolean): void {
  useEffect(() => {
    const { visualViewport } = window;
    if (!isWanted || visualViewport === null) return;
    const { style } = document.documentElement;
    const fit = () => style.setProperty('--room-height', `${Math.round(visualViewport.height)}px`);
    fit();
    visualViewport.addEventListener('resize', fit);
    return () => {
      visualViewport.removeEventListener('resize', fit);
      style.removeProperty('--room-height');
    };
  }, [isWanted]);
}
