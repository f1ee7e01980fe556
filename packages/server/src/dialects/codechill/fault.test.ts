import { ProblemError } from '@coderoom/protocol';
import { expect, it } from 'vitest';
import { fault, insteadOfRefusal } from './fault.ts';

it('DIA-132 says of what somebody may not know that it is not there, and of a failure what it is', () => {
  const instead = fault(404, 'Message not found');
  for (const refusal of [
    new ProblemError('forbidden'),
    new ProblemError('room_not_found'),
    fault(403, 'Access denied'),
  ]) {
    expect(insteadOfRefusal(refusal, instead)).toBe(instead);
  }
  for (const failure of [new ProblemError('storage_unavailable'), new Error('a bug'), fault(500, 'Failed')]) {
    expect(insteadOfRefusal(failure, instead)).toBe(failure);
  }
});
