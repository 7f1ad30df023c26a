// The facts behind each mark of the timeline, by pointer, by touch and by arrow keys. Without this script each mark
// still has its title, and the table says the same.
function explain(chart) {
  const facts = document.createElement("p");
  facts.className = "facts";
  facts.setAttribute("role", "status");
  facts.textContent = "Point at a mark, or move with the arrow keys, for its facts.";
  chart.after(facts);
  let lit = null;

  const show = (mark, row) => {
    lit?.classList.remove("lit");
    lit = mark;
    if (!mark) return;
    mark.classList.add("lit");
    const label = row.closest("li").querySelector(".label").textContent;
    facts.textContent = `${label}. ${mark.querySelector("title").textContent}`;
  };

  const rows = [...chart.querySelectorAll("[data-row]")];
  rows.forEach((row, number) => {
    const marks = [...row.querySelectorAll("use")];
    let place = -1;
    row.setAttribute("tabindex", number === 0 ? "0" : "-1");
    for (const [index, mark] of marks.entries()) {
      const choose = () => { place = index; show(mark, row); };
      mark.addEventListener("pointerenter", choose);
      mark.addEventListener("click", choose);
    }
    row.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const to = { ArrowDown: rows[number + 1], ArrowUp: rows[number - 1] }[event.key];
      if (step) {
        place = Math.min(marks.length - 1, Math.max(0, place + step));
        show(marks[place], row);
      } else if (to) {
        row.setAttribute("tabindex", "-1");
        to.setAttribute("tabindex", "0");
        to.focus();
      } else {
        return;
      }
      event.preventDefault();
    });
  });
}

const explainAll = () => document.querySelectorAll("[data-chart]").forEach(explain);
document.addEventListener("planned", explainAll);
explainAll();
