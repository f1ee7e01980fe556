/** The room's files: open one, add, rename, delete; the one where a run starts is marked. */
import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useSelected, useStore } from '../../store.ts';
import { RoomLanguage } from '../languages/room-language.tsx';
import { Icon } from '../layout/icon.tsx';
import { Popover } from '../layout/popover.tsx';
import { usePlaces } from '../members/use-places.ts';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from '../rooms/open-room.ts';
import { FileNameField } from './file-name-field.tsx';

type Naming = { name: 'none' } | { name: 'adding' } | { name: 'renaming'; path: string };

export interface FileTabsProps {
  room: OpenRoom;
  canChange: boolean;
  isNarrow: boolean;
}

export function FileTabs({ room, canChange, isNarrow }: FileTabsProps) {
  const { files } = room;
  const { paths, entry } = useStore(files.list);
  const active = useStore(files.active);
  const [naming, setNaming] = useState<Naming>({ name: 'none' });
  const done = () => setNaming({ name: 'none' });
  const refusalOf = (path: string) => files.refusalOf(path);

  return (
    <nav className="file-bar" aria-label="Files">
      <ul className="file-tabs">
        {paths.map((path) => (
          <li key={path} className="file-tab" data-active={path === active}>
            {naming.name === 'renaming' && naming.path === path ? (
              <FileNameField
                initial={path}
                refusalOf={refusalOf}
                onDone={(to) => {
                  if (to !== null) files.rename(path, to);
                  done();
                }}
              />
            ) : (
              <FileTab
                room={room}
                path={path}
                isActive={path === active}
                isEntry={path === entry && paths.length > 1}
                onRename={canChange ? () => setNaming({ name: 'renaming', path }) : undefined}
              />
            )}
            {canChange && path === active && naming.name === 'none' && (
              <FileMenu
                room={room}
                path={path}
                isEntry={path === entry}
                isLast={paths.length === 1}
                onRename={() => setNaming({ name: 'renaming', path })}
              />
            )}
          </li>
        ))}
        {naming.name === 'adding' && (
          <li className="file-tab" data-active="true">
            <FileNameField
              initial=""
              refusalOf={refusalOf}
              onDone={(path) => {
                if (path !== null) files.add(path);
                done();
              }}
            />
          </li>
        )}
      </ul>
      {canChange && paths.length > 0 && (
        <button
          type="button"
          className="icon-button file-add"
          aria-label="New file"
          onClick={() => setNaming({ name: 'adding' })}
        >
          <Icon name="plus" size={16} />
        </button>
      )}
      {isNarrow && <RoomLanguage room={room} canChange={canChange} />}
    </nav>
  );
}

interface FileTabProps {
  room: OpenRoom;
  path: string;
  isActive: boolean;
  isEntry: boolean;
  onRename: (() => void) | undefined;
}

function FileTab({ room, path, isActive, isEntry, onRename }: FileTabProps) {
  const button = useRef<HTMLButtonElement>(null);
  const members = useSelected(room.events.state, (state) => state.members);
  const places = usePlaces(room.awareness);
  const here = members.filter(({ id }) => places.get(id)?.file === path);
  useEffect(() => {
    if (isActive) button.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [isActive]);
  return (
    <button
      ref={button}
      type="button"
      className="file-name"
      title={path}
      aria-current={isActive ? 'true' : undefined}
      onClick={() => room.files.open(path)}
      onDoubleClick={onRename}
      onKeyDown={(event) => {
        if (event.key === 'F2') onRename?.();
      }}
    >
      <span>{path}</span>
      {isEntry && (
        <span className="file-entry" title="The program starts here">
          <span aria-hidden="true">main</span>
          <span className="sr-only">, the program starts here</span>
        </span>
      )}
      {!isActive && here.length > 0 && (
        <span className="file-people" title={here.map(({ name }) => name).join(', ')}>
          {here.slice(0, 3).map(({ id, color }) => (
            <span key={id} className="file-person" style={{ '--member': color } as CSSProperties} />
          ))}
        </span>
      )}
    </button>
  );
}

async function download(room: OpenRoom, path: string): Promise<void> {
  const { downloadFile } = await import('./download-files.ts');
  downloadFile(room, path);
}

interface FileMenuProps {
  room: OpenRoom;
  path: string;
  isEntry: boolean;
  isLast: boolean;
  onRename: () => void;
}

function FileMenu({ room, path, isEntry, isLast, onRename }: FileMenuProps) {
  const remove = () => {
    const undo = room.files.remove(path);
    if (undo !== undefined) showToast(`Deleted ${path}`, { action: { label: 'Undo', act: undo } });
  };
  return (
    <Popover
      label={`Actions for ${path}`}
      triggerLabel={`Actions for ${path}`}
      triggerClass="icon-button file-more"
      align="start"
      trigger={<Icon name="more" size={16} />}
    >
      {(close) => {
        const then = (act: () => void) => () => {
          close();
          act();
        };
        return (
          <div className="menu">
            <button type="button" className="menu-item" onClick={then(onRename)}>
              <Icon name="pencil" />
              <span>Rename</span>
            </button>
            <button type="button" className="menu-item" onClick={then(() => void download(room, path))}>
              <Icon name="leave" />
              <span>Download</span>
            </button>
            {!isEntry && (
              <button type="button" className="menu-item" onClick={then(() => room.files.setEntry(path))}>
                <Icon name="flag" />
                <span>Make this the main file</span>
              </button>
            )}
            {!isLast && (
              <button type="button" className="menu-item danger" onClick={then(remove)}>
                <Icon name="trash" />
                <span>Delete</span>
              </button>
            )}
          </div>
        );
      }}
    </Popover>
  );
}
