"""The words of the reading room: why a cell or a file is not taken, and by which rule one is."""

from collections.abc import Mapping

from api.i18n import mark

# Of whole files, of rows, of cells; `api.field_words` has them too.
TROUBLES: Mapping[str, str] = {
    "sheet_kind": mark(
        "This is neither an Excel workbook (.xlsx) nor a text file of rows (.csv)."
        " Use the template."
    ),
    "sheet_old_format": mark(
        "This is a workbook of the old kind (.xls). Open it and save it as .xlsx."
    ),
    "sheet_missing": mark(
        "The workbook has several sheets, and none is called “%(sheet)s”. Give the sheet this name."
    ),
    "sheet_too_much": mark(
        "There is far more in this file than in any declaration. Nothing was read. Copy your rows"
        " into a new template, or split the file."
    ),
    "sheet_far_cell": mark(
        "Something stands far away from the table (after row %(rows)s or column %(columns)s)."
        " Delete the empty rows and columns, or copy your rows into a new template."
    ),
    "sheet_entities": mark("The file defines abbreviations (DOCTYPE), which no spreadsheet needs."),
    "sheet_quotes": mark(
        "A quotation mark that opens in or after row %(row)s is not closed as it should be."
    ),
    "sheet_encoding": mark(
        "It cannot be told in which encoding the text is written. Save it as “CSV UTF-8”."
    ),
    "sheet_no_headings": mark(
        "None of the first rows holds headings of the template. Keep the template's heading row."
    ),
    "sheet_heading_twice": mark(
        "The heading “%(name)s” stands a second time, in %(cell)s. Delete or rename one of the two."
    ),
    "sheet_no_id_column": mark(
        "The column “Mã của đô thị” is missing. By it a row is known again, so it is needed."
    ),
    "sheet_empty": mark("There is no row to declare under the headings."),
    "sheet_rows_refused": mark(
        "Not all rows can be taken over: see row %(rows)s. Mend them, or take over the others only."
    ),
    "sheet_rows_stale": mark(
        "Somebody changed what these rows would change: row %(rows)s. Nothing was taken over;"
        " upload the file again to see where it stands now."
    ),
    "sheet_merged_across": mark(
        "This cell is merged over several columns, so it cannot be told which of them is meant."
        " Unmerge it."
    ),
    "sheet_formula": mark("This is a formula. Paste its result as a value."),
    "sheet_error_value": mark("Excel shows an error here. Write the value itself."),
    "sheet_boolean": mark("This is TRUE or FALSE. Write the answer in words."),
    "sheet_unknown_word": mark("This word is not in the list of choices."),
    "sheet_month_first": mark("The month seems to stand first. Write the day first."),
    "sheet_short_year": mark("Write the year with four digits."),
    "sheet_not_a_date": mark("This is not a date. Write it like 15/06/2024, 06/2024 or 2024."),
    "sheet_no_such_day": mark("There is no such day, or not between %(first)s and %(last)s."),
    "sheet_date_for_number": mark(
        "Excel has made a date of this number. Format the cell as text and write it again."
    ),
    "sheet_thousand_or_decimal": mark(
        "This could be thousands or a decimal. Write it so that it can mean one thing only."
    ),
    "sheet_not_a_number": mark(
        "This is not a number. Write the number alone; its unit has a column of its own."
    ),
    "sheet_no_id": mark("Give the row the city's own ID, so that it is known again."),
    "sheet_row_twice": mark("Row %(row)s is about the same application."),
    "sheet_not_now": mark("The application cannot be changed now: %(state)s."),
    "sheet_unknown_code": mark("The city has no application of this code in the register."),
    "sheet_own_id_differs": mark("The register knows this application under another ID."),
    "sheet_own_id_taken": mark("Another application has this ID."),
    "sheet_title_taken": mark(
        "A problem of this title is declared already, with other data. Refer to it, or give this"
        " one another title."
    ),
    "sheet_title_differs": mark(
        "Another row declares a problem of this title with other data. Give both the same data, or"
        " another title."
    ),
    "sheet_city_differs": mark("Code and name are not of the same city."),
    "sheet_city_ambiguous": mark("Several of your cities have this name. Write the code."),
    "sheet_predecessor": mark(
        "This city went into another one on %(day)s (%(basis)s). Write which one is meant."
    ),
    "sheet_other_city": mark("You do not declare for this city."),
    "sheet_unknown_city": mark("No city of this code or name is known."),
    "sheet_problem_ambiguous": mark("Several problems have this title. Write the number."),
    "sheet_problem_differs": mark("Number and title are not of the same problem."),
    "sheet_unknown_problem": mark(
        "The city has declared no such problem. Choose one of the list, or declare it in the"
        " columns “Vấn đề mới”."
    ),
}

# How a cell was understood where it is not simply what stands there.
RULES: Mapping[str, str] = {
    "trimmed": mark("spaces at the edges left out"),
    "composed": mark("letters and their marks put together (Unicode NFC)"),
    "number_as_text": mark("a number, read as text; leading zeros may be lost"),
    "date_as_text": mark("a date, read as text"),
    "several": mark("several items in one cell"),
    "case": mark("small and capital letters taken for the same"),
    "english": mark("understood by the English word"),
    "code": mark("understood by the code"),
    "no_diacritics": mark("understood without diacritics; only one choice fits"),
    "excel_date": mark("an Excel date, as precise as the cell shows it"),
    "excel_serial": mark("a number in which Excel counts days"),
    "date_dmy": mark("day, month, year"),
    "date_my": mark("month and year"),
    "date_iso": mark("year, month, day"),
    "date_words": mark("a date in words"),
    "date_year": mark("a year"),
    "decimal_comma": mark("decimal comma"),
    "thousands": mark("marks between thousands left out"),
    "merged": mark("a merged cell: it holds for all rows it covers"),
    "city_code": mark("understood by the city's code"),
    "city_name": mark("understood by the city's name"),
    "city_name_loosely": mark("understood by the city's name without its kind of unit or accents"),
    "city_old_name": mark("a former or English name of the city"),
    "problem_title": mark("understood by the problem's title"),
    "problem_number": mark("understood by the problem's number"),
    "problem_of_sheet": mark("a new problem, declared by a row of this file"),
    "problem_withdrawn": mark(
        "the city has withdrawn this problem; it cannot be submitted with it"
    ),
    "declared_already": mark("declared already with the same data; it is not declared again"),
}
