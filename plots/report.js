// Tables that sort by a click on a heading: up, down, and back to the order of the page. The page reads without it.
"use strict";
(() => {
    const key = (row, column) => {
        const cell = row.cells[column];
        if (!cell.classList.contains("n")) return cell.textContent;
        return "value" in cell.dataset ? Number(cell.dataset.value) : NaN;
    };
    // What is not known comes last, up or down.
    const compare = (a, b, sign) => {
        if (typeof a === "string") return sign * a.localeCompare(b, undefined, {numeric: true});
        if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
        return sign * (a - b);
    };
    const sort = (table, rows, heading, column) => {
        const next = {ascending: "descending", descending: null}[heading.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        const sign = order === "descending" ? -1 : 1;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        if (order) heading.setAttribute("aria-sort", order);
        table.classList.toggle("sorted", order !== null);
        const sorted = order ? rows.slice().sort((a, b) => compare(key(a, column), key(b, column), sign)) : rows;
        table.tBodies[0].append(...sorted);
    };
    for (const table of document.querySelectorAll(".table table")) {
        const rows = Array.from(table.tBodies[0].rows);
        if (rows.length < 2 || !table.querySelector("td.n")) continue;
        Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.append(...heading.childNodes);
            heading.append(button);
            button.addEventListener("click", () => sort(table, rows, heading, column));
        });
    }
    // Paper has nothing to click on.
    addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
})();
