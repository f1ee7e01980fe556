/** The settings as they are edited, and what of them has to be told to the server. */
import type { Room, RoomExecution, RoomPatch, RoomVisibility } from '@coderoom/protocol';

export interface Settings {
  title: string;
  description: string;
  visibility: RoomVisibility;
  password: { kind: 'as-it-is' } | { kind: 'none' } | { kind: 'new'; text: string };
  lobby: boolean;
  execution: RoomExecution;
  viewLink: boolean;
  capacity: number;
}

export function settingsOf(room: Room): Settings {
  const { title, description, visibility, lobby, execution, viewCode, capacity } = room;
  return {
    title,
    description,
    visibility,
    lobby,
    execution,
    capacity,
    password: { kind: 'as-it-is' },
    viewLink: viewCode !== null,
  };
}

/** Only what was touched. */
export function settingsPatch(before: Settings, after: Settings): RoomPatch {
  const patch: RoomPatch = {};
  const title = after.title.trim();
  const description = after.description.trim();
  if (title !== before.title) patch.title = title;
  if (description !== before.description) patch.description = description;
  if (after.visibility !== before.visibility) patch.visibility = after.visibility;
  if (after.password.kind === 'none') patch.password = null;
  if (after.password.kind === 'new') patch.password = after.password.text;
  if (after.lobby !== before.lobby) patch.lobby = after.lobby;
  if (after.execution !== before.execution) patch.execution = after.execution;
  if (after.viewLink !== before.viewLink) patch.viewLink = after.viewLink;
  if (after.capacity !== before.capacity) patch.capacity = after.capacity;
  return patch;
}
