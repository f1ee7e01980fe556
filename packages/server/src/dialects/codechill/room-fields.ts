import { limits } from '@coderoom/protocol';
import { fault } from './fault.ts';
import { findLanguage } from './languages.ts';

/** What may be set of a room, in our words. */
export interface RoomFields {
  title?: string;
  description?: string;
  language?: string;
  capacity?: number;
}

/** Reads a body in the order, and with the sentences, of the original. `failure` is said of what has none. */
export function readRoomFields(body: Record<string, unknown>, failure: string): RoomFields {
  const { name, description, language, max_participants: capacity } = body;
  return {
    ...(name === undefined ? {} : { title: readName(name, failure) }),
    ...(description === undefined ? {} : { description: readDescription(description, failure) }),
    ...(language === undefined ? {} : { language: readLanguage(language, failure) }),
    ...(capacity === undefined ? {} : { capacity: readCapacity(capacity, failure) }),
  };
}

function readName(value: unknown, failure: string): string {
  if (typeof value !== 'string') throw fault(400, failure);
  const name = value.trim();
  const length = [...name].length;
  if (length < limits.codechillRoomNameMinLength) {
    throw fault(400, `Room name must be at least ${limits.codechillRoomNameMinLength} characters`);
  }
  if (length > limits.roomTitleMaxLength) {
    throw fault(400, `Room name must be less than ${limits.roomTitleMaxLength} characters`);
  }
  return name;
}

function readDescription(value: unknown, failure: string): string {
  if (typeof value !== 'string') throw fault(400, failure);
  if ([...value].length > limits.roomDescriptionMaxLength) {
    throw fault(400, `Description must be less than ${limits.roomDescriptionMaxLength} characters`);
  }
  return value;
}

function readLanguage(value: unknown, failure: string): string {
  if (typeof value !== 'string') throw fault(400, failure);
  const language = value.toLowerCase();
  if (findLanguage(language) === undefined) {
    throw fault(400, `Unsupported language: ${language.slice(0, shownMaxLength).toWellFormed()}`);
  }
  return language;
}

/** More than the most is the most. */
function readCapacity(value: unknown, failure: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw fault(400, failure);
  return Math.max(1, Math.min(limits.roomCapacityMax, Math.floor(value)));
}

const shownMaxLength = 40;
