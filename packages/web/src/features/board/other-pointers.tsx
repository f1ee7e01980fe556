/** Where the others are on the board, each with their name. */
import type { CSSProperties } from 'react';
import { useStore } from '../../store.ts';
import { toScreen } from './board-camera.ts';
import type { BoardDesk } from './board-desk.ts';
import type { BoardSurface } from './board-surface.ts';

export function OtherPointers({ desk, surface }: { desk: BoardDesk; surface: BoardSurface }) {
  const others = useStore(surface.others);
  const camera = useStore(desk.camera);
  return (
    <div className="board-others" aria-hidden="true">
      {others.map(({ client, name, color, pointer }) => {
        if (pointer === null) return null;
        const { x, y } = toScreen(camera, pointer);
        const style = { '--member': color, transform: `translate(${x}px, ${y}px)` } as CSSProperties;
        return (
          <div key={client} className="board-other" style={style}>
            <svg width="16" height="18" viewBox="0 0 16 18" aria-hidden="true">
              <path d="M1.5 1.500l12.5 7-5.6 1.5-2.7 5.300z" />
            </svg>
            <span>{name}</span>
          </div>
        );
      })}
    </div>
  );
}
