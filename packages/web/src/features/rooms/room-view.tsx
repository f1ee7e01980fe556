/** An open room: bar, files and editor, output, status. On narrow screens one pane at a time, by tabs at the bottom. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { readStored, writeStored } from '../../storage.ts';
import { useSelected } from '../../store.ts';
import { EditorPane } from '../editor/editor-pane.tsx';
import { loadLanguages } from '../languages/languages.ts';
import { Splitter, splitStart } from '../layout/splitter.tsx';
import { narrowScreen, useMedia } from '../layout/use-media.ts';
import { PeopleList } from '../members/people-list.tsx';
import { showToast } from '../notices/toasts.ts';
import { RunButton } from '../runs/run-button.tsx';
import type { OpenRoom } from './open-room.ts';
import { RoomBanner } from './room-banner.tsx';
import { RoomBar } from './room-bar.tsx';
import { isRunActive, mayChange } from './room-events.ts';
import { type RoomTab, RoomTabs } from './room-tabs.tsx';
import { type SidePane, SidePanes } from './side-panes.tsx';
import { StatusBar } from './status-bar.tsx';
import { useRoomKeys } from './use-room-keys.ts';
import { useVisualHeight } from './use-visual-height.ts';

export function RoomView({ room }: { room: OpenRoom }) {
  const isNarrow = useMedia(narrowScreen);
  const title = useSelected(room.events.state, (state) => state.room.title);
  const canChange = useSelected(room.events.state, mayChange);
  const isRunning = useSelected(room.events.state, (state) => isRunActive(state.run));
  const [tab, setTab] = useState<RoomTab>('code');
  const [side, setSide] = useState<SidePane>('output');
  const [split, setSplit] = useState(() => readStored<number>('split') ?? splitStart);
  const panes = useRef<HTMLElement>(null);

  useEffect(() => {
    document.title = `${title} – Coderoom`;
  }, [title]);
  useEffect(() => {
    loadLanguages().catch(() => {}); // the picker then shows the room's language alone
  }, []);
  useVisualHeight(isNarrow);

  const run = useCallback(() => {
    if (canChange) void room.runs.start();
    else showToast('Viewers cannot start the program.');
  }, [room, canChange]);
  useRoomKeys(run);
  const showCode = useCallback(() => setTab('code'), []);
  // What comes of it is what one wants to see next.
  useEffect(() => {
    if (!isRunning) return;
    if (isNarrow) setTab('output');
    else setSide('output');
  }, [isRunning, isNarrow]);

  const changeSplit = (percent: number) => {
    setSplit(percent);
    writeStored('split', percent);
  };
  const shows = (pane: RoomTab) => !isNarrow || tab === pane;
  return (
    <div className="room" data-narrow={isNarrow}>
      <RoomBar room={room} canChange={canChange} isNarrow={isNarrow} />
      <RoomBanner room={room} />
      <main
        ref={panes}
        className="room-panes"
        style={isNarrow ? undefined : { gridTemplateColumns: `minmax(0, ${split}fr) 7px minmax(0, ${100 - split}fr)` }}
      >
        <EditorPane room={room} canChange={canChange} isShown={shows('code')} isNarrow={isNarrow} />
        {!isNarrow && <Splitter container={panes} value={split} onChange={changeSplit} />}
        <SidePanes
          room={room}
          canChange={canChange}
          isNarrow={isNarrow}
          shown={isNarrow ? sideOf(tab) : side}
          onShow={setSide}
          onJump={showCode}
        />
        {isNarrow && tab === 'people' && (
          <section className="people-pane" aria-label="People in this room">
            <PeopleList room={room} onJump={showCode} />
          </section>
        )}
      </main>
      <StatusBar room={room} isNarrow={isNarrow} />
      {isNarrow && (
        <RoomTabs room={room} tab={tab} onTab={setTab}>
          <RunButton room={room} canChange={canChange} />
        </RoomTabs>
      )}
    </div>
  );
}

function sideOf(tab: RoomTab): SidePane | null {
  return tab === 'code' || tab === 'people' ? null : tab;
}
