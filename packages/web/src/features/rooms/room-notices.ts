/** Tells this person, by toasts and to screen readers, what happens in a room that they did not do themselves. */
import type { Knock, Member, Room, RoomEntry } from '@coderoom/protocol';
import { languageName } from '../languages/languages.ts';
import { announce } from '../notices/announcer.ts';
import { dismissToast, showProblem, showToast } from '../notices/toasts.ts';
import { announcementOf } from './announcements.ts';
import type { OpenRoom } from './open-room.ts';
import { type OwnerEvent, ownRole, type RoomEvent, type RoomEventsState } from './room-events.ts';

export interface RoomNoticesOptions {
  entry: RoomEntry;
  ask: OpenRoom['ask'];
  /** Who knocks, asked for by somebody who has become the owner. */
  onKnocks: (knocks: Knock[]) => void;
  showSnippets: () => void;
  showCall: () => void;
}

export class RoomNotices {
  readonly #options: RoomNoticesOptions;
  /** What says that somebody knocks, by knock. */
  readonly #knockToasts = new Map<string, number>();
  /** What says that somebody has started a call. */
  #callToast: number | undefined;
  #role: Member['role'];
  #language: string;
  /** What this person chose last: they need not be told. */
  #chosenLanguage: string | undefined;

  constructor(options: RoomNoticesOptions) {
    this.#options = options;
    this.#role = options.entry.member.role;
    this.#language = options.entry.room.language;
  }

  tell(event: RoomEvent, state: RoomEventsState): void {
    const text = announcementOf(event, state);
    if (text !== undefined) announce(text);
    if (event.name === 'room:updated') this.#roomUpdated(event.room);
    if (event.name === 'member:updated') this.#roleUpdated(ownRole(state));
    if (event.name === 'snippet:pushed' && event.snippet.memberId !== state.memberId) {
      const action = { label: 'Show', act: this.#options.showSnippets };
      showToast(`${event.snippet.memberName} pushed ${event.snippet.fileName}`, { action });
    }
    if (event.name === 'call:joined' && state.call.length === 1 && event.participant.memberId !== state.memberId) {
      const caller = state.members.find(({ id }) => id === event.participant.memberId);
      const action = { label: 'Show', act: this.#options.showCall };
      this.#callToast = showToast(`${caller?.name ?? 'Somebody'} has started a call`, { action });
    }
    // Whoever has joined it needs no way there.
    const isOwnJoin = event.name === 'call:joined' && event.participant.memberId === state.memberId;
    if (this.#callToast !== undefined && (isOwnJoin || state.call.length === 0)) {
      dismissToast(this.#callToast);
      this.#callToast = undefined;
    }
  }

  tellOwner(event: OwnerEvent): void {
    switch (event.name) {
      case 'knock:created': {
        const { id, name, reason } = event.knock;
        if (reason === 'waiting') announce(`${name} waits for the room to start`);
        else {
          const action = { label: 'Let in', act: () => void this.#admit(id) };
          this.#knockToasts.set(id, showToast(`${name} asks to join`, { action }));
        }
        return;
      }
      case 'knock:withdrawn':
        this.#dismissKnock(event.knockId);
        return;
      case 'knock:settled':
        this.#dismissKnock(event.knock.id);
        return;
      default:
        event satisfies never;
    }
  }

  languageChosen(language: string): void {
    this.#chosenLanguage = language;
  }

  close(): void {
    for (const knockId of [...this.#knockToasts.keys()]) this.#dismissKnock(knockId);
  }

  #dismissKnock(knockId: string): void {
    const toast = this.#knockToasts.get(knockId);
    if (toast !== undefined) dismissToast(toast);
    this.#knockToasts.delete(knockId);
  }

  async #admit(knockId: string): Promise<void> {
    await this.#options.ask(`/knocks/${knockId}/admit`, { body: {} }).catch(showProblem);
  }

  #roleUpdated(role: Member['role'] | undefined): void {
    if (role === undefined || role === this.#role) return;
    this.#role = role;
    if (role === 'viewer') showToast('You are a viewer now: you see everything, and cannot edit');
    if (role === 'editor') showToast('You can edit now');
    if (role !== 'owner') return;
    showToast('This room is yours now');
    this.#options.ask<{ items: Knock[] }>('/knocks').then(
      ({ items }) => this.#options.onKnocks(items),
      () => {}, // the next connection brings them
    );
  }

  #roomUpdated({ language }: Room): void {
    if (language === this.#language) return;
    this.#language = language;
    if (language !== this.#chosenLanguage) showToast(`The language is now ${languageName(language)}`);
    this.#chosenLanguage = undefined;
  }
}
