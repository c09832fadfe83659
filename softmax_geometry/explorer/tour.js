// The guided tour: one step on the page at a time, each with a set-up of its own that stays open to change.

class Tour {
  // `go` is called with the number of the step that the reader asks for, from 1.
  constructor(go) {
    this.steps = [...document.querySelectorAll(".step")];
    this.dots = [...document.querySelectorAll(".dot")];
    this.current = 0;
    const ask = (step) => {
      go(step);
      this.draw(step);
      this.heading(step).focus({ preventScroll: true });
      this.keepInView();
    };
    document.getElementById("back").addEventListener("click", () => ask(this.current - 1));
    document.getElementById("next").addEventListener("click", () => ask(this.current + 1));
    for (const dot of this.dots) dot.addEventListener("click", () => ask(Number(dot.dataset.step)));
  }

  heading(step) { return document.getElementById(`title-${step}`); }

  keepInView() {
    const story = document.getElementById("story");
    if (story.getBoundingClientRect().top < 0) story.scrollIntoView({ block: "start" });
  }

  draw(step) {
    if (step === this.current) return;
    this.current = step;
    this.steps.forEach((article, n) => article.classList.toggle("current", n + 1 === step));
    this.dots.forEach((dot, n) => (n + 1 === step ? dot.setAttribute("aria-current", "step") : dot.removeAttribute("aria-current")));
    document.getElementById("back").disabled = step === 1;
    document.getElementById("next").disabled = step === this.steps.length;
  }
}
