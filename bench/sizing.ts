/** What one turn (one message and its reply) costs. */
export interface TurnCost {
  serviceCpuMs: number;
  databaseCpuMs: number;
  walBytes: number;
  /** Tables and indexes. */
  storedBytes: number;
}

const CONVERSATIONS_PER_DAY = [10_000, 100_000, 1_000_000, 10_000_000];
/** Assumptions: questions of a conversation, and the share of a day's questions in its busiest hour. */
const TURNS_PER_CONVERSATION = 3;
const PEAK_HOUR_SHARE = 0.2;
/** A core that is busier than this answers late. */
const MAX_BUSY = 0.5;
/** Answered messages are stored for 24 hours. */
const STORED_DAYS = 1;

/** Formats what numbers of conversations need, as a Markdown table. An instance uses one core; one more may die. */
export function formatSizing(cost: TurnCost): string {
  const lines = CONVERSATIONS_PER_DAY.map((conversations) => {
    const turns = conversations * TURNS_PER_CONVERSATION;
    const peak = (turns * PEAK_HOUR_SHARE) / 3600;
    const cores = (cpuMs: number) => (peak * cpuMs) / 1000 / MAX_BUSY;
    return [
      conversations.toLocaleString('en-US'),
      `${toDigits(peak)}/s`,
      `${Math.ceil(cores(cost.serviceCpuMs)) + 1}`,
      toDigits(cores(cost.databaseCpuMs)),
      `${toDigits((turns * STORED_DAYS * cost.storedBytes) / 1024 ** 3)} GB`,
      `${toDigits((peak * cost.walBytes) / 1024 ** 2)} MB/s`,
    ];
  });
  const head = [
    'conversations a day',
    'turns at the peak',
    'instances',
    'cores of the database',
    'stored',
    'WAL at the peak',
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The assumptions of the table, as a sentence. */
export const SIZING_ASSUMPTIONS = `${TURNS_PER_CONVERSATION} questions a conversation, ${PEAK_HOUR_SHARE * 100} % of a day's questions in its busiest hour, cores at most ${MAX_BUSY * 100} % busy, one instance more than needed, answered messages stored for ${STORED_DAYS * 24} hours`;

/** Two significant digits. */
function toDigits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 4 });
}
