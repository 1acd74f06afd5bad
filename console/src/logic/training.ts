export type TrainingMinutes = { trainee: number; best: number; waiting: number };
export type TrainedIncident = {
  incident: string; opened_at: string; customers: number; first_act_s: number | null;
  customer_minutes: TrainingMinutes; score_pct: number | null;
};

/** The debrief, as `GET /training` tells it. */
export type Training = {
  title: string; title_vi: string; began: string; now: string;
  incidents: TrainedIncident[]; customer_minutes: TrainingMinutes; score_pct: number | null;
  acts: number; refused: { at: string; user: string; act: string; code: string }[]; vetoes: number;
};

/** What was asked and refused, by code, the most frequent first. */
export function refusals(training: Training): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { code } of training.refused) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}
