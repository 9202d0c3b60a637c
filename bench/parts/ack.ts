import type { Part } from '../part.ts';
import { floodRows } from './ack-flood.ts';
import { steadyRows } from './ack-steady.ts';

/** Goal 1: what an acknowledgement costs. */
export const ack: Part = async (bench) => {
  const flood = await floodRows(bench);
  const steady = await steadyRows(bench);
  return {
    title: '1. Acknowledgement',
    rows: [...flood.rows, ...steady.rows],
    notes: [...flood.notes, ...steady.notes],
  };
};
