/** The settings of a room, for its owner: what it is called, who may come in and how, who may not, and what happened. */
import { limits, type Room, type RoomPatch } from '@coderoom/protocol';
import { useId, useRef, useState } from 'react';
import { useSelected } from '../../store.ts';
import { DialogEnd } from '../layout/dialog-end.tsx';
import { Field, FieldNotes } from '../layout/field.tsx';
import { Modal } from '../layout/modal.tsx';
import { useForm } from '../layout/use-form.ts';
import { showToast } from '../notices/toasts.ts';
import type { OpenRoom } from './open-room.ts';
import { RoomAudit } from './room-audit.tsx';
import { RoomBans } from './room-bans.tsx';
import { checkRoomPassword, ExecutionField, Switch, VisibilityField } from './settings-fields.tsx';
import { type Settings, settingsOf, settingsPatch } from './settings-patch.ts';
import '../../styles/forms.css';
import './room-settings.css';

export interface RoomSettingsProps {
  room: OpenRoom;
  onClose: () => void;
}

export default function RoomSettings({ room, onClose }: RoomSettingsProps) {
  const current = useSelected(room.events.state, (state) => state.room);
  // As it was when the dialog opened: what others change meanwhile is not overwritten by what was not touched here.
  const [before] = useState(() => settingsOf(current));
  const [draft, setDraft] = useState(before);
  const change = (part: Partial<Settings>) => setDraft((settings) => ({ ...settings, ...part }));
  const form = useForm({
    check() {
      const { title, capacity, password } = draft;
      const fits = Number.isInteger(capacity) && capacity >= 1 && capacity <= limits.roomCapacityMax;
      return [
        title.trim() === '' ? { field: 'title', text: 'A room needs a title.' } : null,
        fits ? null : { field: 'capacity', text: `A whole number from 1 to ${limits.roomCapacityMax}.` },
        password.kind === 'new' ? checkRoomPassword(password.text) : null,
      ];
    },
    async send() {
      const patch: RoomPatch = settingsPatch(before, draft);
      if (Object.keys(patch).length > 0) {
        await room.change(patch);
        showToast('The settings are saved');
      }
      onClose();
    },
    refusals: { capacity_too_small: { field: 'capacity' } },
  });
  return (
    <Modal title="Room settings" size="large" onClose={onClose}>
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        <Field
          label="Title"
          name="title"
          autoComplete="off"
          maxLength={limits.roomTitleMaxLength}
          value={draft.title}
          problem={form.problemOf('title')}
          onChange={(event) => change({ title: event.target.value })}
        />
        <DescriptionField
          value={draft.description}
          problem={form.problemOf('description')}
          onChange={(description) => change({ description })}
        />
        <VisibilityField value={draft.visibility} onChange={(visibility) => change({ visibility })} />
        <PasswordChoice
          room={current}
          value={draft.password}
          problem={form.problemOf('password')}
          onChange={(password) => change({ password })}
        />
        <Switch
          label="Lobby"
          text="Whoever comes asks to join, and you let them in."
          isOn={draft.lobby}
          onChange={(lobby) => change({ lobby })}
        />
        <Switch
          label="View-only link"
          text="A second link: whoever comes by it sees everything and cannot edit. Copy it from Invite."
          isOn={draft.viewLink}
          onChange={(viewLink) => change({ viewLink })}
        />
        <ExecutionField value={draft.execution} onChange={(execution) => change({ execution })} />
        <Field
          label="Places"
          name="capacity"
          type="number"
          inputMode="numeric"
          min={1}
          max={limits.roomCapacityMax}
          className="short"
          value={Number.isNaN(draft.capacity) ? '' : draft.capacity}
          hint={`How many people may be here at once, at most ${limits.roomCapacityMax}.`}
          problem={form.problemOf('capacity')}
          onChange={(event) => change({ capacity: event.target.valueAsNumber })}
        />
        <DialogEnd form={form} confirm="Save" busy="Saving …" onCancel={onClose} />
      </form>
      <RoomBans room={room} />
      <RoomAudit room={room} />
    </Modal>
  );
}

interface DescriptionFieldProps {
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}

function DescriptionField({ value, problem, onChange }: DescriptionFieldProps) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>Description</label>
      <textarea
        id={id}
        name="description"
        className="field"
        rows={2}
        maxLength={limits.roomDescriptionMaxLength}
        value={value}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.target.value)}
      />
      <FieldNotes id={id} problem={problem} />
    </div>
  );
}

interface PasswordChoiceProps {
  room: Room;
  value: Settings['password'];
  problem: string | undefined;
  onChange: (password: Settings['password']) => void;
}

function PasswordChoice({ room, value, problem, onChange }: PasswordChoiceProps) {
  // Whoever takes the change back is where they were before.
  const hasComeBack = useRef(false);
  const focusBack = (button: HTMLButtonElement | null) => {
    if (button === null || !hasComeBack.current) return;
    hasComeBack.current = false;
    button.focus();
  };
  switch (value.kind) {
    case 'as-it-is':
    case 'none': {
      const has = room.hasPassword && value.kind === 'as-it-is';
      return (
        <div className="form-field">
          <span className="form-legend">Password</span>
          <div className="password-choice">
            <span>{has ? 'Newcomers are asked for a password.' : 'No password.'}</span>
            <button
              ref={focusBack}
              type="button"
              className="button small"
              onClick={() => onChange({ kind: 'new', text: '' })}
            >
              {has ? 'Change the password' : 'Set a password'}
            </button>
            {has && (
              <button type="button" className="button small" onClick={() => onChange({ kind: 'none' })}>
                Remove the password
              </button>
            )}
          </div>
        </div>
      );
    }
    case 'new':
      return (
        <Field
          label="New password"
          name="password"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          className="with-end"
          maxLength={limits.passwordMaxLength}
          value={value.text}
          hint="Those who are members already stay."
          problem={problem}
          onChange={(event) => onChange({ kind: 'new', text: event.target.value })}
          end={
            <button
              type="button"
              className="form-input-end"
              onClick={() => {
                hasComeBack.current = true;
                onChange({ kind: 'as-it-is' });
              }}
            >
              Undo
            </button>
          }
        />
      );
    default:
      return value satisfies never;
  }
}
