// Runs named cases one after the other and says what became of them.
export async function run(cases) {
  let failed = 0;
  for (const [name, func] of cases) {
    const start = performance.now();
    try {
      const note = await func();
      console.log(`ok   ${name} (${Math.round(performance.now() - start)} ms)${note ? ' ' + note : ''}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}: ${String(error && error.stack || error).slice(0, 1500)}`);
    }
  }
  console.log(`${cases.length - failed} of ${cases.length} cases passed`);
  return failed === 0 ? 0 : 1;
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}
