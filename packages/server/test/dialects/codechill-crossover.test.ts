import { connectDocument, createRoom, type DocumentClient, joinRoom, until } from '@coderoom/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { openMember } from '../room-member.ts';
import { type CodeChillApp, type CodeChillPerson, openCodeChill } from './codechill-client.ts';

/** CodeChill's clients and those of the web in one room: what one does, the others see. */

let chill: CodeChillApp;
let ada: CodeChillPerson;
let lin: CodeChillPerson;

beforeAll(async () => {
  chill = await openCodeChill();
  [ada, lin] = [await chill.signIn('Ada'), await chill.signIn('Lin')];
});
afterAll(async () => {
  await chill[Symbol.asyncDispose]();
});

const nativeId = (id: string) => `${id.slice(0, 14)}7${id.slice(15)}`;

/** A room of the web client, with its owner there by events and document, and Ada by CodeChill. */
async function meet() {
  const entry = await createRoom(chill.url, { name: 'Web', language: 'javascript', visibility: 'public' });
  const web = await openMember(chill.url, entry.token);
  const document = connectDocument(chill.url, entry.room.id, entry.token, { acks: true });
  await document.synced();
  const socket = await chill.connect(ada);
  const joined = await socket.join(entry.room.code);
  return {
    entry,
    web,
    document,
    text: document.file('main.js'),
    socket,
    joined,
    close() {
      socket.close();
      web.close();
      document[Symbol.dispose]();
    },
  };
}

const replaceBy = (document: DocumentClient, path: string, text: string) =>
  document.doc.transact(() => {
    const file = document.file(path);
    file.delete(0, file.length);
    file.insert(0, text);
  });

describe('one room, two kinds of clients', () => {
  it('DIA-130 each sees the other come and go', async () => {
    const { entry, web, socket, joined, close } = await meet();
    expect(nativeId(joined.room_id)).toBe(entry.room.id);
    expect(joined.room_data.participants.map((is: { user_name: string }) => is.user_name)).toEqual(['Web', 'Ada']);
    expect((await web.next('member:joined')).member).toMatchObject({ name: 'Ada', role: 'editor', online: true });
    const guest = await openMember(chill.url, (await joinRoom(chill.url, entry.room.id, { name: 'Guest' })).token);
    const came = await socket.next('user_joined');
    expect(came).toMatchObject({ user_name: 'Guest', user_picture: null, room_id: joined.room_id });
    guest.close();
    expect(await socket.next('user_left')).toEqual({ user_id: came.user_id, room_id: joined.room_id });
    socket.emit('leave_room', {});
    await web.next('member:left');
    close();
  });

  it('DIA-130 what is typed in an editor is sent to CodeChill, and what CodeChill sends is in the editor', async () => {
    const { document, text, socket, joined, close } = await meet();
    text.insert(0, '// typed\n');
    const told = await socket.next('code_updated');
    expect(told.content.startsWith('// typed\n')).toBe(true);
    expect([told.version, told.user_id, told.cursor_position]).toEqual([joined.content_version + 1, null, {}]);
    socket.emit('code_change', { content: `${told.content}// sent\n`, version: told.version });
    expect(await socket.next('code_change_ack')).toEqual({ version: told.version + 1, success: true });
    await until('the text in the editor', () => text.toString().endsWith('// sent\n'));
    expect(text.toString()).toBe(`${told.content}// sent\n`);
    await document.saved();
    close();
  });

  it('DIA-130 what CodeChill sends while somebody types loses neither', async () => {
    const { document, text, socket, close } = await meet();
    replaceBy(document, 'main.js', 'one\n\ntwo\n\nthree\n');
    let { content, version } = await until('the text', () =>
      socket.all('code_updated').find((is) => is.content.startsWith('one\n')),
    );
    for (let round = 0; round < 10; round++) {
      // Typed and sent in the same moment: neither knows of the other.
      text.insert(text.toString().indexOf('two'), `${round}`);
      socket.emit('code_change', { content: content.replace('one', `one${round}`), version });
      await until('an answer', () => socket.all('code_change_ack').length + socket.all('code_conflict').length > round);
      const isBoth = (whole: string) => whole.includes(`one${round}`) && whole.includes(`${round}two`);
      const latest = await until('both', () => {
        const now = socket.all('code_updated').at(-1);
        return now !== undefined && isBoth(now.content) ? now : undefined;
      });
      ({ content, version } = latest);
      await until('both in the editor', () => isBoth(text.toString()));
    }
    expect(socket.all('code_conflict')).toEqual([]);
    expect(text.toString()).toBe(content);
    expect(content).toBe('one9876543210\n\n0123456789two\n\nthree\n');
    close();
  });

  it('DIA-130 a storm of both ends with one text, in which everything is', async () => {
    const { entry, document, text, socket, close } = await meet();
    const other = await chill.connect(lin);
    await other.join(entry.room.code);
    replaceBy(document, 'main.js', 'a:\nb:\nw:\n');
    for (const one of [socket, other])
      await until('the text', () => one.all('code_updated').some((is) => is.content === 'a:\nb:\nw:\n'));
    /** A client as the pages are: it shows what it was sent last, and sends what it shows with every key. */
    const type = async (one: typeof socket, mark: string) => {
      let shown = '';
      let version = 0;
      let seen = 0;
      let answer: 'kept' | 'refused' | undefined;
      const look = () => {
        for (const { name, payload } of one.heard().slice(seen)) {
          seen++;
          if (name === 'code_updated') ({ content: shown, version } = payload);
          if (name === 'code_change_ack') [answer, version] = ['kept', payload.version];
          if (name !== 'code_conflict') continue;
          answer = 'refused';
          ({ current_content: shown, current_version: version } = payload);
        }
        return answer;
      };
      look();
      for (let keys = 0; keys < 15; ) {
        answer = undefined;
        shown = shown.replace(`${mark}:`, `${mark}:${mark}`);
        one.emit('code_change', { content: shown, version });
        if ((await until('an answer', look)) === 'kept') keys++;
      }
    };
    const typeInEditor = async () => {
      for (let key = 0; key < 15; key++) {
        text.insert(text.toString().indexOf('w:') + 2, 'w');
        await until('the key to be sent', () => document.sent() > 0);
      }
    };
    await Promise.all([type(socket, 'a'), type(other, 'b'), typeInEditor()]);
    const whole = `a:${'a'.repeat(15)}\nb:${'b'.repeat(15)}\nw:${'w'.repeat(15)}\n`;
    await until('the whole text in the editor', () => text.toString() === whole);
    for (const one of [socket, other]) {
      one.emit('get_room_state', {});
      expect((await one.next('room_state')).content).toBe(whole);
    }
    other.close();
    close();
  });

  it('DIA-130 chat goes both ways', async () => {
    const { entry, web, socket, joined, close } = await meet();
    socket.emit('send_message', { content: 'from CodeChill' });
    expect((await web.next('message:created')).message).toMatchObject({ text: 'from CodeChill', memberName: 'Ada' });
    await socket.next('new_message');
    await web.ask('message:post', { text: 'from the web', type: 'code' });
    expect(await socket.next('new_message')).toMatchObject({
      content: 'from the web',
      message_type: 'code',
      user_name: 'Web',
      user_picture: null,
      room_id: joined.room_id,
    });
    const { body } = await chill.app.ask('GET', `/api/v2/rooms/${entry.room.id}/messages`, { token: entry.token });
    expect(body.items.map(({ text }: { text: string }) => text)).toEqual(['from the web', 'from CodeChill']);
    close();
  });

  it('DIA-130 runs are seen by both, whoever starts them', async () => {
    const { web, document, socket, close } = await meet();
    socket.emit('execute_code', { source_code: 'console.log("by CodeChill")' });
    expect((await web.next('run:started')).run).toMatchObject({ memberName: 'Ada', language: 'javascript' });
    expect((await web.next('run:finished')).run.result).toMatchObject({ status: 'ok', stdout: 'by CodeChill\n' });
    await socket.next('execution_completed');
    replaceBy(document, 'main.js', 'console.log("by the web")');
    await document.saved();
    const { run } = await web.ask('run:start', {});
    const completed = await socket.next('execution_completed');
    expect(completed).toMatchObject({
      user_name: 'Web',
      output: 'by the web\n',
      status: 'completed',
      source_code: null,
    });
    expect(nativeId(completed.id)).toBe(run.id);
    close();
  });

  it('DIA-130 a role given in the web client counts at once; a room that has ended is read-only', async () => {
    const { entry, web, socket, joined, close } = await meet();
    const { member } = await web.next('member:joined');
    await web.ask('member:update', { memberId: member.id, role: 'viewer' });
    socket.emit('code_change', { content: 'not mine any more', version: joined.content_version });
    expect(await socket.next('error')).toEqual({ message: 'Access denied' });
    socket.emit('execute_code', { source_code: '1' });
    expect(await socket.next('error')).toEqual({ message: 'Access denied' });
    await web.ask('member:update', { memberId: member.id, role: 'editor' });
    socket.emit('code_change', { content: 'mine again', version: joined.content_version });
    await socket.next('code_change_ack');
    await chill.app.ask('POST', `/api/v2/rooms/${entry.room.id}/end`, { token: entry.token });
    expect(await socket.next('error')).toEqual({ message: 'Room not found' });
    socket.emit('code_change', { content: 'too late', version: 9 });
    expect(await socket.next('error')).toEqual({ message: 'Failed to update code' });
    socket.emit('send_message', { content: 'too late' });
    expect(await socket.next('error')).toEqual({ message: 'Failed to send message' });
    close();
  });

  it('DIA-127 cursors of editors are told in lines and columns, as they move', async () => {
    const { document, text, socket, joined, close } = await meet();
    replaceBy(document, 'main.js', 'one\ntwo\nthree\n');
    const { awareness } = document.provider;
    const at = (index: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index));
    const web = joined.room_data.participants.find((is: { user_name: string }) => is.user_name === 'Web');
    awareness.setLocalState({ file: 'main.js', cursor: { anchor: at(5), head: at(5) } });
    expect(await socket.next('cursor_moved')).toEqual({
      user_id: web.user_id,
      cursor_position: { line: 2, column: 2 },
    });
    awareness.setLocalState({ file: 'main.js', cursor: { anchor: at(4), head: at(13) } });
    expect((await socket.next('cursor_moved')).cursor_position).toEqual({
      line: 3,
      column: 6,
      selection: { start: { line: 2, column: 1 }, end: { line: 3, column: 6 } },
    });
    for (const cursor of [
      { anchor: { tname: 'made up' }, head: { tname: 'made up' } },
      { anchor: 7, head: {} },
      'x',
      null,
    ]) {
      awareness.setLocalState({ file: 'main.js', cursor });
    }
    awareness.setLocalState({ file: 'main.js', cursor: { anchor: at(0), head: at(0) } });
    expect((await socket.next('cursor_moved')).cursor_position).toEqual({ line: 1, column: 1 });
    close();
  });

  it('DIA-127 cursors of CodeChill’s clients are among those of editors, as their member’s', async () => {
    const { web, document, text, socket, close } = await meet();
    const { member } = await web.next('member:joined');
    replaceBy(document, 'main.js', 'one\ntwo\nthree\n');
    await until('the text', () => socket.all('code_updated').some((is) => is.content === 'one\ntwo\nthree\n'));
    const { awareness } = document.provider;
    const cursorOf = () => {
      const state = [...awareness.getStates().values()].find((is) => is.user?.id === member.id);
      if (state?.cursor == null) return undefined;
      const index = (json: unknown) =>
        Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), document.doc)?.index;
      return {
        file: state.file,
        name: state.user.name,
        anchor: index(state.cursor.anchor),
        head: index(state.cursor.head),
      };
    };
    socket.emit('cursor_update', { cursor_position: { line: 2, column: 3 } });
    const seen = await until('the cursor', cursorOf);
    expect(seen).toEqual({ file: 'main.js', name: 'Ada', anchor: 6, head: 6 });
    text.insert(0, 'zero\n');
    expect(cursorOf()?.head).toBe(11);
    const selection = { start: { line: 2, column: 1 }, end: { line: 3, column: 4 } };
    socket.emit('cursor_update', { cursor_position: { line: 3, column: 4, selection } });
    await until('the selection', () => cursorOf()?.anchor === 5 && cursorOf()?.head === 12);
    socket.emit('cursor_update', { cursor_position: { line: 900, column: 900 } });
    await until('the end', () => cursorOf()?.head === text.length);
    expect(socket.all('cursor_moved')).toEqual([]);
    socket.emit('leave_room', {});
    await until('no cursor', () => cursorOf() === undefined);
    close();
  });

  it('DIA-130 another language in the web client is another text here', async () => {
    const { web, socket, close } = await meet();
    await web.ask('room:update', { language: 'python' });
    const told = await socket.next('code_updated');
    expect(told.content).toContain('print');
    close();
  });

  it('DIA-130 versions go on from where they were after the server has started again', async () => {
    await using other = await openCodeChill({ EXECUTION: 'off' });
    const person = await other.signIn();
    const room = await other.makeRoom(person);
    const first = await other.connect(person);
    await first.join(room.id);
    first.emit('code_change', { content: 'kept', version: 41 });
    expect((await first.next('code_change_ack')).version).toBe(42);
    first.close();
    await other.app.reopen();
    const second = await other.connect(person);
    const joined = await second.join(room.id);
    expect(joined.current_content).toBe('kept');
    expect(joined.content_version).toBeGreaterThanOrEqual(42);
    second.emit('code_change', { content: 'older', version: 41 });
    expect((await second.next('code_conflict')).current_content).toBe('kept');
    second.close();
  });
});
