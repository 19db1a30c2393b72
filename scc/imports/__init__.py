"""Carrying over what an operator already has, from files, so that nothing is lost and nothing doubled.

A file is a table of lines (`tables`), whose columns become ours (`columns`). Each app says what can be imported and how
a line becomes a row (`kinds`). The lines of one departure are carried together (`spools`), in a run (`runs`) that can
be stopped and started again. What became of each line is counted and reported (`outcomes`).
"""
