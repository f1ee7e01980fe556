/** All that can be done in a room, in a list that one types into: commands, files, people, and lines by their number. */
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../layout/icon.tsx';
import { Modal } from '../layout/modal.tsx';
import { findCommands, lineIn } from './find-commands.ts';
import { knownKeys } from './known-keys.ts';
import { type Command, type CommandPlace, commandsOf } from './room-commands.ts';
import './commands.css';

export interface CommandListProps extends CommandPlace {
  onClose: () => void;
}

/** With more files and people than this, one types. */
const shownMax = 60;

export default function CommandList({ onClose, ...place }: CommandListProps) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const [isHelp, setHelp] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  // As things stand when it is opened: nothing moves under the finger.
  const [all] = useState(() => commandsOf(place));
  const found = offered(all, typed, place);
  const active = Math.min(chosen, found.length - 1);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const perform = ({ act }: Command) => {
    onClose();
    // The dialog gives the focus back first; then whatever it is may take it.
    setTimeout(act);
  };
  const press = (event: KeyboardEvent) => {
    const last = found.length - 1;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    const command = found[active];
    if (step !== undefined && last >= 0) {
      event.preventDefault();
      const next = active + step;
      const isTurned = Math.abs(step) === 1 && (next < 0 || next > last);
      setChosen(isTurned ? (next < 0 ? last : 0) : Math.min(last, Math.max(0, next)));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing && command !== undefined) {
      event.preventDefault();
      perform(command);
    }
  };
  if (isHelp) return <KnownKeys onClose={onClose} onBack={() => setHelp(false)} />;
  return (
    <Modal title="Commands" onClose={onClose} size="large">
      <div className="commands">
        <input
          className="field"
          type="text"
          role="combobox"
          aria-label="Command, file, person or line"
          aria-expanded="true"
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          placeholder="Command, file, person, or :42"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus="true"
          data-sends
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={press}
        />
        <div ref={list} id={id} className="commands-list" role="listbox" aria-label="Commands">
          {found.slice(0, shownMax).map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are pressed in the field, which points here
            <div
              key={command.label}
              id={`${id}-${index}`}
              data-index={index}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="command"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => perform(command)}
            >
              <span className="command-group">{command.group}</span>
              <span className="command-label" dir="auto">
                {command.label}
              </span>
              {command.keys !== undefined && <kbd>{command.keys}</kbd>}
            </div>
          ))}
        </div>
        {found.length === 0 && (
          <p className="panel-text" role="status">
            Nothing is called that.
          </p>
        )}
        <div className="dialog-actions commands-end">
          <button type="button" className="button" onClick={() => setHelp(true)}>
            Keyboard shortcuts
          </button>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}

function offered(all: readonly Command[], typed: string, { room, show }: CommandPlace): Command[] {
  const line = lineIn(typed);
  const path = room.files.active.get();
  const found = findCommands(all, typed);
  if (line === null || path === null) return found;
  const go: Command = {
    group: 'Editor',
    label: `Go to line ${line} of ${path}`,
    act() {
      show('code');
      room.reveals.show(path, { name: 'go', line, column: 1 });
    },
  };
  return [go, ...found];
}

function KnownKeys({ onClose, onBack }: { onClose: () => void; onBack: () => void }) {
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose} size="large">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div className="known-keys" tabIndex={0}>
        {knownKeys.map(({ group, keys }) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onBack}>
          <Icon name="back" size={16} />
          All commands
        </button>
        <button type="button" className="button" data-autofocus="true" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
