/** The bar between two panes: dragged by pointer, moved by arrow keys, back to the middle by a double click. */
import type { KeyboardEvent, PointerEvent } from 'react';

const min = 25;
const max = 80;
const stepPercent = 2;

export const splitStart = 60;

/** It stands between the two. */
export interface SplitterProps {
  /** The first pane's part of the width, in percent. */
  value: number;
  onChange: (percent: number) => void;
}

export function Splitter({ value, onChange }: SplitterProps) {
  const move = (percent: number) => onChange(Math.round(Math.min(max, Math.max(min, percent)) * 10) / 10);

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const splitter = event.currentTarget;
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    const left = splitter.previousElementSibling?.getBoundingClientRect().left ?? 0;
    // What is hidden is nowhere: something else stands in its place.
    const after = [splitter.nextElementSibling, splitter.nextElementSibling?.nextElementSibling];
    const right = after.find((pane) => pane?.checkVisibility() === true)?.getBoundingClientRect().right;
    if (right !== undefined) move(((event.clientX - left) / (right - left)) * 100);
  };
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: value - stepPercent,
      ArrowRight: value + stepPercent,
      Home: min,
      End: max,
      Enter: splitStart,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that can be moved is a widget, which hr is not
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-label="Width of the editor"
      aria-orientation="vertical"
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onDoubleClick={() => move(splitStart)}
      onKeyDown={press}
    />
  );
}
