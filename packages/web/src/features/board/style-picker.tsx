/** Colour and size to draw with, and of what is selected. */
import { boardColors } from '@coderoom/protocol';
import type { CSSProperties } from 'react';
import { useStore } from '../../store.ts';
import { Popover } from '../layout/popover.tsx';
import { theme } from '../theme/theme.ts';
import { type BoardDesk, penSizes, shownColor, sizeNames } from './board-desk.ts';

export function StylePicker({ desk }: { desk: BoardDesk }) {
  const { color, step } = useStore(desk.style);
  const isDark = useStore(theme) === 'dark';
  const chosen = boardColors.find((offered) => offered.color === color)?.name ?? 'Ink';
  const inColor = (value: string) => ({ '--pen': shownColor(value, isDark) }) as CSSProperties;
  return (
    <Popover
      label="Colour and size"
      triggerLabel={`Colour and size: ${chosen}, ${sizeNames[step]?.toLowerCase()}`}
      triggerClass="icon-button board-tool"
      trigger={
        <span className="board-swatch" style={inColor(color)}>
          <span style={{ '--width': `${6 + step * 4}px` } as CSSProperties} />
        </span>
      }
    >
      {() => (
        <div className="panel board-style">
          <fieldset>
            <legend>Colour</legend>
            <div className="board-colors">
              {boardColors.map((offered) => (
                <label key={offered.color} className="board-choice" title={offered.name} style={inColor(offered.color)}>
                  <input
                    type="radio"
                    className="sr-only"
                    name="board-color"
                    checked={offered.color === color}
                    onChange={() => desk.setStyle({ color: offered.color })}
                  />
                  <span className="board-color" />
                  <span className="sr-only">{offered.name}</span>
                </label>
              ))}
            </div>
          </fieldset>
          <fieldset>
            <legend>Size</legend>
            <div className="board-sizes">
              {penSizes.map((size, index) => (
                <label key={size} className="board-choice" title={sizeNames[index]}>
                  <input
                    type="radio"
                    className="sr-only"
                    name="board-size"
                    checked={index === step}
                    onChange={() => desk.setStyle({ step: index })}
                  />
                  <span className="board-size" style={{ '--width': `${4 + index * 5}px` } as CSSProperties} />
                  <span className="sr-only">{sizeNames[index]}</span>
                </label>
              ))}
            </div>
          </fieldset>
        </div>
      )}
    </Popover>
  );
}
