/** A room with its settings from the start. */
import { limits, type RoomCreate } from '@coderoom/protocol';
import { useState } from 'react';
import { navigation } from '../../browser-navigation.ts';
import { roomPath } from '../../navigation.ts';
import { useStore } from '../../store.ts';
import { LanguagePicker } from '../languages/language-picker.tsx';
import { defaultLanguage, languages } from '../languages/languages.ts';
import { DialogEnd } from '../layout/dialog-end.tsx';
import { Field } from '../layout/field.tsx';
import { Modal } from '../layout/modal.tsx';
import { useForm } from '../layout/use-form.ts';
import { createRoom } from './join-room.ts';
import { checkRoomPassword, Switch, VisibilityField } from './settings-fields.tsx';

export function NewRoomDialog({ onClose }: { onClose: () => void }) {
  const items = useStore(languages);
  const [chosen, setChosen] = useState<string | null>(null);
  const language = chosen ?? defaultLanguage(items ?? [])?.id;
  const [title, setTitle] = useState('');
  const [visibility, setVisibility] = useState<NonNullable<RoomCreate['visibility']>>('unlisted');
  const [password, setPassword] = useState('');
  const [lobby, setLobby] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const form = useForm({
    check: () => [password === '' ? null : checkRoomPassword(password)],
    async send() {
      const code = await createRoom({
        visibility,
        lobby,
        status: isWaiting ? 'waiting' : 'active',
        ...(title.trim() === '' ? {} : { title: title.trim() }),
        ...(language === undefined ? {} : { language }),
        ...(password === '' ? {} : { password }),
      });
      navigation.go(roomPath(code));
    },
  });
  return (
    <Modal title="New room" onClose={onClose}>
      <form className="form" onSubmit={form.submit} onChange={form.clear} noValidate>
        <Field
          label="Title"
          name="title"
          autoComplete="off"
          placeholder="Untitled room"
          maxLength={limits.roomTitleMaxLength}
          autoFocus
          value={title}
          problem={form.problemOf('title')}
          onChange={(event) => setTitle(event.target.value)}
        />
        <div className="form-field">
          <span className="form-legend" aria-hidden="true">
            Language
          </span>
          <LanguagePicker value={language ?? ''} onChange={setChosen} />
        </div>
        <VisibilityField value={visibility} onChange={setVisibility} />
        <Field
          label="Password (optional)"
          name="password"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={limits.passwordMaxLength}
          value={password}
          hint="Whoever comes is asked for it. Friends whom you invite are not."
          problem={form.problemOf('password')}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Switch
          label="Lobby"
          text="Whoever comes asks to join, and you let them in."
          isOn={lobby}
          onChange={setLobby}
        />
        <Switch
          label="Start later"
          text="Prepare it alone; whoever comes waits until you start the room."
          isOn={isWaiting}
          onChange={setWaiting}
        />
        <DialogEnd form={form} confirm="Make the room" busy="Making …" onCancel={onClose} />
      </form>
    </Modal>
  );
}
