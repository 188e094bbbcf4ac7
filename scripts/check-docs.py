#!/usr/bin/env python3
"""Checks the documentation: links, named paths, and the gst-launch lines.

Usage: scripts/check-docs.py [--launcher PROGRAM] [ROOT]

Every property of an element must have its block in the sources ("GstP2PSink:port:").
Links to files and headings must lead somewhere; `scripts/...`, `docs/...` and
other paths of ours named in backquotes must exist. With --launcher every
gst-launch-1.0 line of the docs and of the elements' own documentation is given
to PROGRAM (tests/docs/parse-lines.c), one pipeline a line: each must parse.
Prints what is wrong; exits with 1 if anything is.
"""
import argparse
import os
import re
import subprocess
import sys

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:scripts|docs|tests|tools|gst|ext|web|\.ci)/[\w./-]*\w/?)`")
PROPERTY = re.compile(r'(?:g_param_spec_\w+ \(|install(?:_string)? \(klass, \w+, )"([a-z-]+)"')
PROPERTY_BLOCK = re.compile(r"^ \* GstP2P(?:Src|Sink):([a-z-]+):$", re.M)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def documents(root):
    """Every Markdown file of ours, as paths from root."""
    for folder, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in ("node_modules", ".git")
                         and not d.startswith("build"))
        for name in sorted(files):
            if name.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, name), root)


def elements(root):
    """The sources whose SECTION blocks hold launch lines."""
    folder = os.path.join(root, "gst", "p2p")
    if os.path.isdir(folder):
        for name in sorted(os.listdir(folder)):
            if name.endswith(".c"):
                yield os.path.join("gst", "p2p", name)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def anchors(text):
    """The names by which headings can be linked (GitHub's rule)."""
    names = set()
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        match = None if fenced else HEADING.match(line)
        if match:
            words = re.sub(r"[^\w\- ]", "", match.group(1).lower())
            names.add(words.replace(" ", "-"))
    return names


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def check_links(root, path, text):
    folder = os.path.dirname(path)
    for target in LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(folder, name)) if name else path
        if not os.path.exists(os.path.join(root, full)):
            yield f"{path}: dead link {target}"
        elif anchor and full.endswith(".md") and \
                anchor not in anchors(read(root, full)):
            yield f"{path}: no heading for {target}"


def check_paths(root, path, text):
    for name in PATH.findall(text):
        if "*" not in name and not os.path.exists(os.path.join(root, name)):
            yield f"{path}: names {name}, which does not exist"


def check_properties(root):
    installed, described = {}, set()
    for path in elements(root):
        text = read(root, path)
        installed.update((name, path) for name in PROPERTY.findall(text))
        described.update(PROPERTY_BLOCK.findall(text))
    for name in sorted(installed.keys() - described):
        yield f"{installed[name]}: property {name} has no documentation block"
    for name in sorted(described - installed.keys()):
        yield f"gst/p2p: a documentation block for {name}, which is no property"


def pipelines(path, text):
    """(line number, pipeline) of every gst-launch-1.0 line of a file.

    Only fenced blocks and |[ ... ]| blocks count; a backslash at the end goes
    on; what the shell would do with the rest (&, |, ;) is cut off."""
    inside = False
    logical = ""
    start = 0
    is_c = path.endswith(".c")
    for number, line in enumerate(text.splitlines(), 1):
        if is_c:
            line = re.sub(r"^\s*\*\s?", "", line)
        opening, closing = ("|[" in line, "]|" in line) if is_c else \
            (line.lstrip().startswith("```"),) * 2
        if opening or closing:
            inside = opening if is_c else not inside
            continue
        if not inside:
            continue
        if not logical:
            start = number
        logical += line.strip()
        if logical.endswith("\\"):
            logical = logical[:-1] + " "
            continue
        match = re.search(r"gst-launch-1\.0\s+(.*)", logical)
        logical = ""
        if match:
            yield start, cut_shell(match.group(1))


def cut_shell(line):
    """Cuts a command line at the first unquoted shell operator or comment and
    drops gst-launch-1.0's own options."""
    quote = ""
    end = len(line)
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "&|;>" or (char == "#" and line[index - 1] == " "):
            end = index
            break
    words = line[:end].split(" ")
    while words and words[0].startswith("-"):
        words.pop(0)
    return " ".join(words).strip()


def check_launch_lines(root, launcher, problems):
    found = []
    for path in list(documents(root)) + list(elements(root)):
        for number, line in pipelines(path, read(root, path)):
            found.append((path, number, line))
    text = "".join(line + "\n" for _, _, line in found)
    run = subprocess.run([launcher], input=text, text=True,
                         stdout=subprocess.PIPE, check=False)
    answers = run.stdout.splitlines()
    if len(answers) != len(found):
        problems.append(f"{launcher} answered {len(answers)} of {len(found)} "
                        f"lines (exit status {run.returncode})")
    for (path, number, line), answer in zip(found, answers):
        if answer != "ok":
            problems.append(f"{path}:{number}: {line}\n    {answer}")
    return len(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--launcher")
    parser.add_argument("root", nargs="?", default=".")
    args = parser.parse_args()
    problems = []
    count = 0
    for path in documents(args.root):
        count += 1
        text = read(args.root, path)
        problems += check_links(args.root, path, text)
        problems += check_paths(args.root, path, text)
    problems += check_properties(args.root)
    report = f"{count} documents"
    if args.launcher:
        lines = check_launch_lines(args.root, args.launcher, problems)
        report += f", {lines} launch lines"
    for line in problems:
        print(line)
    print(f"{report}, {len(problems)} problems")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
